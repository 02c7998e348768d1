"""How the networks are run: eagerly, or compiled beforehand. All give the same frames."""

"""How good generated motion is: metrics, the evaluator, roll-outs and the protocol."""

from setuptools import setup

PACKAGE = "tf_transformations"

setup(
    name=PACKAGE,
    version="0.1.0",
    packages=["tf_transformations"],
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{PACKAGE}"]),
        (f"share/{PACKAGE}", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="remogen_ros founders",
    maintainer_email="maintainers@remogen-ros.org",
    description="Rotations and matrices.",
    license="Apache-2.0",
)

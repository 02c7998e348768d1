from setuptools import setup

PACKAGE = "tf2_ros_py"

setup(
    name=PACKAGE,
    version="0.1.0",
    packages=["tf2_ros"],
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{PACKAGE}"]),
        (f"share/{PACKAGE}", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="remogen_ros founders",
    maintainer_email="maintainers@remogen-ros.org",
    description="The transform buffer, listener and broadcasters.",
    license="Apache-2.0",
)

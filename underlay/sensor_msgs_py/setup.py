from setuptools import setup

PACKAGE = "sensor_msgs_py"

setup(
    name=PACKAGE,
    version="0.1.0",
    packages=["sensor_msgs_py"],
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{PACKAGE}"]),
        (f"share/{PACKAGE}", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="remogen_ros founders",
    maintainer_email="maintainers@remogen-ros.org",
    description="Point clouds to NumPy and back.",
    license="Apache-2.0",
)

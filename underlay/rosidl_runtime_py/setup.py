from setuptools import setup

PACKAGE = "rosidl_runtime_py"

setup(
    name=PACKAGE,
    version="0.1.0",
    packages=["rosidl_runtime_py"],
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{PACKAGE}"]),
        (f"share/{PACKAGE}", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    zip_safe=True,
    maintainer="remogen_ros founders",
    maintainer_email="maintainers@remogen-ros.org",
    description="Message types by their names.",
    license="Apache-2.0",
)

"""Make a tiny wheel by hand: `make_wheel.py FOLDER NAME VERSION PATH=TEXT...`; prints its path.

No build tool and no network; pip and uv take a RECORD without hashes. A project that has this
file is its own build backend for `pip install -e`.
"""

import os
import sys
import zipfile

WHEEL = "Wheel-Version: 1.0\nGenerator: make_wheel\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def make(folder, name, version, files):
    info = "%s-%s.dist-info" % (name, version)
    files[info + "/METADATA"] = "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version)
    files[info + "/WHEEL"] = WHEEL
    record = info + "/RECORD"
    files[record] = "".join("%s,,\n" % path for path in [*files, record])
    path = os.path.join(folder, "%s-%s-py3-none-any.whl" % (name, version))
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return path


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """What PEP 660 asks of a backend."""
    path = make(wheel_directory, "editable", "1.0", {"editable.pth": os.getcwd() + "\n"})
    return os.path.basename(path)


if __name__ == "__main__":
    folder, name, version = sys.argv[1:4]
    print(make(folder, name, version, dict(text.split("=", 1) for text in sys.argv[4:])))

"""Make a tiny wheel by hand: `make_wheel.py FOLDER NAME VERSION PATH=TEXT...`; prints its path.

No build tool and no network; pip and uv take a RECORD without hashes.
"""

import os
import sys
import zipfile

WHEEL = "Wheel-Version: 1.0\nGenerator: make_wheel\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def main():
    folder, name, version = sys.argv[1:4]
    files = dict(argument.split("=", 1) for argument in sys.argv[4:])
    info = "%s-%s.dist-info" % (name, version)
    files[info + "/METADATA"] = "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version)
    files[info + "/WHEEL"] = WHEEL
    record = info + "/RECORD"
    files[record] = "".join("%s,,\n" % path for path in [*files, record])
    path = os.path.join(folder, "%s-%s-py3-none-any.whl" % (name, version))
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    print(path)


if __name__ == "__main__":
    main()

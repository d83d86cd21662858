"""The command line."""

import argparse
import json

from shop import day, truth


def main():
    parser = argparse.ArgumentParser(prog="shop")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--truth", action="store_true")
    arguments = parser.parse_args()
    line = day.run(arguments.requests)
    if arguments.truth:
        print(json.dumps({"summary": line, "functions": truth.counts(arguments.requests)}))
    else:
        print(line)


if __name__ == "__main__":
    main()

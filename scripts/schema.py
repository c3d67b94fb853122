"""Write the published schema of manifests from the models; with --check, only say if it is stale."""

import sys
from pathlib import Path

from wasmflow.manifest import schema

TARGET = Path(schema.__file__).with_name(schema.FILE)


def main(arguments: list[str]) -> int:
    text = schema.schema_text()
    if arguments == ["--check"]:
        if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
            return 0
        sys.stderr.write("the schema of manifests is stale; run scripts/schema.py\n")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

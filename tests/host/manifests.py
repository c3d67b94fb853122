"""Manifests that need no WebAssembly, for what holds of any collection."""

from pathlib import Path

FLOWS = """
version: 1
name: sample
components:
  pair:
    description: Puts two values side by side.
    inputs: { first_name: string, age: { type: u8, default: 7 } }
    instances:
      both: core::merge
    flow:
      - <>.first_name -> both.name
      - <>.age -> both.age
      - both -> <>
  refuse:
    flow:
      - <>.message -> core::fail[f].message
      - f.output -> <>.output
  two:
    flow:
      - <>.left -> core::fail[l].message
      - <>.right -> core::fail[r].message
      - l.output -> <>.left
      - r.output -> <>.right
  lost:
    flow:
      - <>.message -> core::fail[f].message
      - <>.message -> <>
  through:
    flow:
      - <>.input -> <>.output
"""


def written(folder: Path, text: str = FLOWS, name: str = "flows.yaml") -> str:
    """The name of a manifest file with this text."""
    path = folder / name
    path.write_text(text)
    return str(path)

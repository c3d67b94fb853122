"""A small manifest that needs nothing compiled."""

SHOP = """\
version: 1
name: shop
description: Says things.
components:
  card:
    description: Makes a card.
    inputs:
      first_name: { type: string, description: Whose it is. }
      mood: { type: "enum { glad, sad }", default: '"glad"', description: How they are. }
    flow:
      - <>.first_name -> core::merge[card].name
      - <>.mood -> card.mood
      - card.output -> <>.output
  echo:
    inputs:
      text: { type: string }
    flow:
      - <>.text -> <>.output
  same:
    flow:
      - <>.value -> <>.output
  pair:
    inputs:
      left: { type: u64 }
      right: { type: list<u8>, optional: true }
    flow:
      - <>.left -> <>.first
      - <>.right -> <>.second
  refuse:
    inputs:
      why: { type: string }
    flow:
      - <>.why -> core::fail[no].message
      - '{"code":7} -> no.payload'
      - no.output -> <>
"""

"""From source code to components. `kinds` lists the languages; each has a package of its own."""

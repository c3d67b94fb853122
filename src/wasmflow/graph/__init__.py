"""What flows mean and what to do: from a manifest to graphs, from a graph to a plan or a drawing.

Pure and synchronous: it opens nothing, calls no component, and gets the signatures of components as
data. `build` makes graphs and finds what is wrong with flows, `compile` makes plans for the engine,
`render` draws. The values between them are in `graph` and `plan`.
"""

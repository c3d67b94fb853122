"""`core::`: one small file per component, and the collection of them."""

from wasmflow.collections.core.collection import CoreCollection as CoreCollection

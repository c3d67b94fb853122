;; Remembers how often it was called.
(component
  (core module $m
    (global $count (mut i32) (i32.const 0))
    (func (export "next") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (global.get $count))
    (func (export "panic") unreachable)
    (func (export "spin") (loop (br 0)))
    (func (export "refuse") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "next") (result u32) (canon lift (core func $i "next")))
  (func (export "panic") (canon lift (core func $i "panic")))
  (func (export "spin") (canon lift (core func $i "spin")))
  (func (export "refuse") (result (result)) (canon lift (core func $i "refuse"))))

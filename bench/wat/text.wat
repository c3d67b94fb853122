;; The tiny component of the measurements: joins two strings, adds up bytes.
(component
  (core module $code
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))
    ;; An arena: the next result gives everything back.
    (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32)
      (result i32)
      (local $at i32)
      (local.set $at (global.get $free))
      (global.set $free
        (i32.and (i32.add (i32.add (global.get $free) (local.get $new)) (i32.const 15)) (i32.const -16)))
      ;; Room for what is given and for a result of the same size.
      (block $enough
        (br_if $enough
          (i32.lt_u
            (i32.shl (global.get $free) (i32.const 1))
            (i32.shl (memory.size) (i32.const 16))))
        (drop (memory.grow (i32.shr_u (global.get $free) (i32.const 15)))))
      (local.get $at))
    (func (export "concat")
      (param $left i32) (param $left-size i32) (param $right i32) (param $right-size i32) (result i32)
      (local $to i32)
      (local.set $to (global.get $free))
      (memory.copy (local.get $to) (local.get $left) (local.get $left-size))
      (memory.copy
        (i32.add (local.get $to) (local.get $left-size)) (local.get $right) (local.get $right-size))
      (i32.store (i32.const 16) (local.get $to))
      (i32.store (i32.const 20) (i32.add (local.get $left-size) (local.get $right-size)))
      (global.set $free (i32.const 1024))
      (i32.const 16))
    (func (export "sum") (param $at i32) (param $size i32) (result i64)
      (local $end i32) (local $sum i64)
      (local.set $end (i32.add (local.get $at) (local.get $size)))
      (block $done
        (loop $next
          (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
          (local.set $sum (i64.add (local.get $sum) (i64.load8_u (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
      (global.set $free (i32.const 1024))
      (local.get $sum)))
  (core instance $core (instantiate $code))
  (func (export "concat") (param "left" string) (param "right" string) (result string)
    (canon lift (core func $core "concat")
      (memory (core memory $core "memory")) (realloc (core func $core "cabi_realloc"))))
  (func (export "sum") (param "data" (list u8)) (result u64)
    (canon lift (core func $core "sum")
      (memory (core memory $core "memory")) (realloc (core func $core "cabi_realloc")))))

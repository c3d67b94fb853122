;; The same work as an Extism plug-in: joins the two halves of its input at a NUL, adds up bytes.
(module
  (import "extism:host/env" "input_length" (func $input-length (result i64)))
  (import "extism:host/env" "input_load_u8" (func $input-load (param i64) (result i32)))
  (import "extism:host/env" "input_load_u64" (func $input-load-8 (param i64) (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
  (import "extism:host/env" "store_u64" (func $store-8 (param i64 i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (func (export "concat") (result i32)
    (local $size i64) (local $to i64) (local $i i64) (local $n i64) (local $byte i32)
    (local.set $size (call $input-length))
    (local.set $to (call $alloc (local.get $size)))
    (block $done
      (loop $next
        (br_if $done (i64.ge_u (local.get $i) (local.get $size)))
        (local.set $byte (call $input-load (local.get $i)))
        (if (local.get $byte)
          (then
            (call $store (i64.add (local.get $to) (local.get $n)) (local.get $byte))
            (local.set $n (i64.add (local.get $n) (i64.const 1)))))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br $next)))
    (call $output (local.get $to) (local.get $n))
    (i32.const 0))
  ;; Reads eight bytes at a time, as Extism's guest libraries do.
  (func (export "sum") (result i32)
    (local $size i64) (local $to i64) (local $i i64) (local $word i64) (local $sum i64)
    (local.set $size (call $input-length))
    (block $done
      (loop $next
        (br_if $done (i64.gt_u (i64.add (local.get $i) (i64.const 8)) (local.get $size)))
        (local.set $word (call $input-load-8 (local.get $i)))
        (loop $bytes
          (local.set $sum (i64.add (local.get $sum) (i64.and (local.get $word) (i64.const 255))))
          (local.set $word (i64.shr_u (local.get $word) (i64.const 8)))
          (br_if $bytes (i64.ne (local.get $word) (i64.const 0))))
        (local.set $i (i64.add (local.get $i) (i64.const 8)))
        (br $next)))
    (local.set $to (call $alloc (i64.const 8)))
    (call $store-8 (local.get $to) (local.get $sum))
    (call $output (local.get $to) (i64.const 8))
    (i32.const 0)))

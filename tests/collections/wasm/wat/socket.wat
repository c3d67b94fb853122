;; `create` wants a socket for UDP: 0 if it gets one, else 1 and the number of the error.
(component
  (import "wasi:sockets/network@0.2.0" (instance $network
    (type $error' (enum
      "unknown" "access-denied" "not-supported" "invalid-argument" "out-of-memory" "timeout"
      "concurrency-conflict" "not-in-progress" "would-block" "invalid-state" "new-socket-limit"
      "address-not-bindable" "address-in-use" "remote-unreachable" "connection-refused"
      "connection-reset" "connection-aborted" "datagram-too-large" "name-unresolvable"
      "temporary-resolver-failure" "permanent-resolver-failure"))
    (export "error-code" (type $error (eq $error')))
    (type $family' (enum "ipv4" "ipv6"))
    (export "ip-address-family" (type $family (eq $family')))))
  (alias export $network "error-code" (type $network-error))
  (alias export $network "ip-address-family" (type $network-family))
  (import "wasi:sockets/udp@0.2.0" (instance $udp (export "udp-socket" (type (sub resource)))))
  (alias export $udp "udp-socket" (type $socket))
  (import "wasi:sockets/udp-create-socket@0.2.0" (instance $create
    (alias outer 1 $network-error (type $error'))
    (export "error-code" (type $error (eq $error')))
    (alias outer 1 $network-family (type $family'))
    (export "ip-address-family" (type $family (eq $family')))
    (alias outer 1 $socket (type $socket'))
    (export "udp-socket" (type $socket (eq $socket')))
    (export "create-udp-socket" (func
      (param "address-family" $family) (result (result (own $socket) (error $error)))))))
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $m))
  (core func $create (canon lower (func $create "create-udp-socket") (memory $m)))
  (core module $main
    (import "" "memory" (memory 0))
    (import "" "create" (func $create (param i32 i32)))
    (func (export "create") (result i32)
      (call $create (i32.const 0) (i32.const 16))
      (i32.const 16)))
  (core instance $main (instantiate $main
    (with "" (instance (export "memory" (memory $m)) (export "create" (func $create))))))
  (func (export "create") (result (tuple u8 u32))
    (canon lift (core func $main "create") (memory $m))))

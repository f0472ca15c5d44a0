;; Checks the last digit of a number against the others (Luhn's formula, ISO/IEC 7812-1, annex B).
;; In: {"number":"490154203237518"}. Out: {"valid":true} or {"valid":false}; refused when there is anything but digits.
(module
  (memory (export "memory") 1)
  (data (i32.const 64) "{\"valid\":true}")
  (data (i32.const 96) "{\"valid\":false}")
  (data (i32.const 128) "only digits can be checked")

  ;; Where free memory begins. Every call has an instance of its own, so that nothing is ever given back.
  (global $free (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $free))
    (global.set $free (i32.add (global.get $free) (local.get $size)))
    (local.get $at))

  ;; A result: 0 for an answer or 1 for a refusal, then where its text is and how long.
  (func $say (param $refused i32) (param $at i32) (param $length i32) (result i32)
    (i32.store8 (i32.const 16) (local.get $refused))
    (i32.store (i32.const 20) (local.get $at))
    (i32.store (i32.const 24) (local.get $length))
    (i32.const 16))

  (func (export "run") (param $at i32) (param $length i32) (result i32)
    (local $end i32) (local $digit i32) (local $double i32) (local $sum i32)
    ;; The digits stand between `{"number":"` and `"}`.
    (local.set $end (i32.sub (i32.add (local.get $at) (local.get $length)) (i32.const 2)))
    (local.set $at (i32.add (local.get $at) (i32.const 11)))
    (if (i32.le_s (local.get $end) (local.get $at))
      (then (return (call $say (i32.const 1) (i32.const 128) (i32.const 26)))))
    ;; From the last one on, every other is doubled; of two digits their sum counts.
    (loop $next
      (local.set $end (i32.sub (local.get $end) (i32.const 1)))
      (local.set $digit (i32.sub (i32.load8_u (local.get $end)) (i32.const 48)))
      (if (i32.gt_u (local.get $digit) (i32.const 9))
        (then (return (call $say (i32.const 1) (i32.const 128) (i32.const 26)))))
      (if (local.get $double)
        (then
          (local.set $digit (i32.shl (local.get $digit) (i32.const 1)))
          (if (i32.gt_u (local.get $digit) (i32.const 9))
            (then (local.set $digit (i32.sub (local.get $digit) (i32.const 9)))))))
      (local.set $double (i32.eqz (local.get $double)))
      (local.set $sum (i32.add (local.get $sum) (local.get $digit)))
      (br_if $next (i32.gt_s (local.get $end) (local.get $at))))
    (if (result i32) (i32.rem_u (local.get $sum) (i32.const 10))
      (then (call $say (i32.const 0) (i32.const 96) (i32.const 15)))
      (else (call $say (i32.const 0) (i32.const 64) (i32.const 14))))))

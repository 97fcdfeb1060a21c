(** x + 2 y <= 4 and 3 x + y <= 6 with x, y >= 0 imply 5 x + 5 y <= 14. *)
From Counterproof Require Import Literals Farkas CheckFarkas.

Definition free : list bool := [false; false].
Definition row_0 : row := [1; 2].
Definition row_1 : row := [3; 1].
Definition rows : list system_row :=
  [(Le, integers row_0, integer 4);
   (Le, integers row_1, integer 6)].
Definition objective : row := [5; 5].
Definition multipliers : row := [2; 1].

Theorem verified : bounded free rows (integers objective) (integer 14).
Proof.
  apply (check_bound_sound free rows (integers multipliers) (integers objective)
           (integer 14) (integer 1)).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

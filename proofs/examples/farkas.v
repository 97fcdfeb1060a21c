(** x + 2 y <= 4, x >= 3, y >= 1 have no solution with x >= 0 and y free. *)
From Counterproof Require Import Literals Farkas CheckFarkas.

Definition free : list bool := [false; true].
Definition row_0 : row := [1; 2].
Definition row_1 : row := [1; 0].
Definition row_2 : row := [0; 1].
Definition rows : list system_row :=
  [(Le, integers row_0, integer 4);
   (Ge, integers row_1, integer 3);
   (Ge, integers row_2, integer 1)].
Definition multipliers : row := [1; -1; -2].

Theorem verified : infeasible free rows.
Proof.
  apply (check_farkas_sound free rows (integers multipliers)).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

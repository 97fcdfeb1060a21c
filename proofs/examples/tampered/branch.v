(** TAMPERED, must be refused. 1 <= 3 x <= 2 has no solution in integers; branch on x <= 0 or x >= 1. *)
From Counterproof Require Import Literals Farkas CheckFarkas CheckBranch.

Definition free : list bool := [true].
Definition row_0 : row := [3].
Definition row_1 : row := [3].
Definition rows : list system_row :=
  [(Ge, integers row_0, integer 1);
   (Le, integers row_1, integer 2)].
Definition certificate : tree :=
  Split (integers [1]) (integer 0)
    (Leaf (integers [3; -1; 0]))
    (Leaf (integers [-3; 0; 2])).

Theorem verified : infeasible_integer free rows.
Proof.
  apply (check_tree_sound free rows certificate).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

(** V = [0 1 3 7], query 1: c = (0, 4, 0, 0) and c' = (2, 1, 1, 0) have the same state,
    so nothing that reads query and state under uniform attention solves MFE at n = 4. *)
From Counterproof Require Import Literals CheckCollision.

Definition row_0 : row := [0; 1; 3; 7].
Definition embedding : matrix := [row_0].
Definition counts_1 : row := [0; 4; 0; 0].
Definition counts_2 : row := [2; 1; 1; 0].

Theorem verified :
  unsolvable (integer_rows embedding) (natural 4) (integer 4) (mfe_answer (natural 4)).
Proof.
  apply (check_pair_mfe_sound (integer_rows embedding) (natural 4) (integer 4) (natural 1)
           (integers counts_1) (integers counts_2)).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

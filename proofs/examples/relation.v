(** V = [0 1 3 7]: the relation z has ||z||_1 = 6, so nothing that reads query and state
    under uniform attention solves QC or MFE at n = 4 or more. *)
From Counterproof Require Import Literals CheckCollision.

Definition row_0 : row := [0; 1; 3; 7].
Definition embedding : matrix := [row_0].
Definition relation : row := [-2; 3; -1; 0].

Theorem verified : unsolvable_from (integer_rows embedding) (natural 4) (integer 4).
Proof.
  apply (check_relation_sound (integer_rows embedding) (natural 4) (integer 4)
           (integers relation)).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

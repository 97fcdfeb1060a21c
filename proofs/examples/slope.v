(** n = 9, eps = 1/2: N(x) = 1/2 + 4 ReLU(-x + 1) + 32 ReLU(-x + 1/4) has total slope 36. *)
From Counterproof Require Import Literals CheckNetwork.

Definition units : matrix :=
  [[8; -4; 4];
   [64; -4; 1]].

Theorem verified : slope_at_most (integer 9) (integer 1) (integer 2) (integer 36).
Proof.
  apply (check_slope_sound (integer 9) (integer 1) (integer 2) (integer 36)
           (integer 4) (integer 2) (integer 1) (triples_of units)).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

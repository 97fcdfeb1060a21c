(** n = 9, eps = 1/2: N(x) = -4 x + 9/2 + 32 ReLU(-x + 1/4) has one unit. *)
From Counterproof Require Import Literals CheckNetwork.

Definition units : matrix :=
  [[64; -4; 1]].

Theorem verified : width_at_most (integer 9) (integer 1) (integer 2) (natural 1).
Proof.
  apply (check_network_sound (integer 9) (integer 1) (integer 2) (natural 1)
           (integer 4) (integer 2) (integer (-8)) (integer 9) (triples_of units)).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

(** TAMPERED, must be refused. n = 16, eps = 1/2: two disjoint triples that no line stabs, so at least two units. *)
From Counterproof Require Import Literals CheckTriples.

Definition triples : matrix :=
  [[1; 2; 5];
   [5; 7; 10]].

Theorem verified : width_at_least (integer 16) (integer 1) (integer 2) (natural 2).
Proof.
  apply (check_triples_sound (integer 16) (integer 1) (integer 2) (natural 2)
           (triples_of triples)).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

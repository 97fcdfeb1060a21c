(** The corners of a simplex have no relation at all: the state determines the counts at every
    length. *)
From Counterproof Require Import Literals CheckBranch CheckKernel LeastCollision.

Definition row_0 : row := [0; 1; 0; 0].
Definition row_1 : row := [0; 0; 1; 0].
Definition row_2 : row := [0; 0; 0; 1].
Definition embedding : matrix := [row_0; row_1; row_2].
Definition levels : list level :=
  [].
Definition identity : list (Z * list Z) :=
  [(integer 1, integers [1; -1; -1; -1]);
   (integer 1, integers [0; 1; 0; 0]);
   (integer 1, integers [0; 0; 1; 0]);
   (integer 1, integers [0; 0; 0; 1])].

Theorem verified :
  always_determined (integer_rows embedding) (natural 4).
Proof.
  apply (check_trivial_determines (integer_rows embedding) (natural 4) identity).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

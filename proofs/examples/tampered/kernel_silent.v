(** TAMPERED, must be refused. v = (0, 0), (1, 0), (2, 0), (0, 1): no relation counts token 3, so the state determines its
    count at every length. *)
From Counterproof Require Import Literals CheckCollision CheckBranch CheckKernel LeastCollision.

Definition row_0 : row := [0; 1; 2; 0].
Definition row_1 : row := [0; 0; 0; 1].
Definition embedding : matrix := [row_0; row_1].
Definition vector_0 : row := [1; -2; 1; 0].
Definition functional_0 : row := [1; 0; 0; 0].
Definition cuts_0 : matrix :=
  [].
Definition levels : list level :=
  [(integers vector_0, integers functional_0, integer_rows cuts_0)].
Definition identity : list (Z * list Z) :=
  [(integer 1, integers [0; 0; 0]);
   (integer 1, integers [2; -1; -2]);
   (integer 1, integers [-1; 1; 1]);
   (integer 1, integers [0; 0; 1])].

Theorem verified :
  always_told_apart (integer_rows embedding) (natural 4) (natural 2) qc_answer.
Proof.
  apply (check_silent_sound (integer_rows embedding) (natural 4) (natural 2) levels identity).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

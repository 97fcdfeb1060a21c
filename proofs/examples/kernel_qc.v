(** v_j = (j, j^2) for six tokens: up to n = 3 the state determines the count of the query 0.
    Only the first vector is nonzero there. *)
From Counterproof Require Import Literals CheckCollision CheckBranch CheckKernel LeastCollision.

Definition row_0 : row := [0; 1; 2; 3; 4; 5].
Definition row_1 : row := [0; 1; 4; 9; 16; 25].
Definition embedding : matrix := [row_0; row_1].
Definition vector_0 : row := [1; -2; 0; 2; -1; 0].
Definition functional_0 : row := [1; 0; 0; 0; 0; 0].
Definition cuts_0 : matrix :=
  [[2; -2; 1; 2; 1; -2]].
Definition vector_1 : row := [0; 0; -1; 3; -3; 1].
Definition functional_1 : row := [0; 1; 1; 1; 0; -1].
Definition cuts_1 : matrix :=
  [[1; 1; -1; 1; -1; 1]].
Definition vector_2 : row := [0; -1; 2; 0; -2; 1].
Definition functional_2 : row := [-2; -1; 0; 0; 0; 0].
Definition cuts_2 : matrix :=
  [[1; -1; 1; -1; -1; 1]].
Definition levels : list level :=
  [(integers vector_0, integers functional_0, integer_rows cuts_0);
   (integers vector_1, integers functional_1, integer_rows cuts_1);
   (integers vector_2, integers functional_2, integer_rows cuts_2)].
Definition identity : list (Z * list Z) :=
  [(integer 1, integers [0; 0; 0]);
   (integer 1, integers [0; 0; 0]);
   (integer 1, integers [4; -1; 0]);
   (integer 2, integers [-4; -3; 1]);
   (integer 1, integers [-3; 5; -1]);
   (integer 2, integers [4; -5; 1])].

Theorem verified :
  told_apart_up_to (integer_rows embedding) (natural 6) (integer 3) (natural 0) qc_answer.
Proof.
  apply (check_kernel_qc_sound (integer_rows embedding) (natural 6) (integer 3) (natural 0) levels identity).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

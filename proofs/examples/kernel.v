(** V = [0 1 2 3]: up to n = 2 the state of uniform attention determines the counts, for each
    query (the least length of a collision is n* = 3), by enumeration. *)
From Counterproof Require Import Literals CheckBranch CheckKernel LeastCollision.

Definition row_0 : row := [0; 1; 2; 3].
Definition embedding : matrix := [row_0].
Definition vector_0 : row := [1; -2; 1; 0].
Definition functional_0 : row := [-1; -1; 0; 0].
Definition cuts_0 : matrix :=
  [[1; -1; 1; -1]].
Definition vector_1 : row := [1; -1; -1; 1].
Definition functional_1 : row := [0; 0; 0; 1].
Definition cuts_1 : matrix :=
  [[1; -1; -1; 1]].
Definition levels : list level :=
  [(integers vector_0, integers functional_0, integer_rows cuts_0);
   (integers vector_1, integers functional_1, integer_rows cuts_1)].
Definition identity : list (Z * list Z) :=
  [(integer 1, integers [2; -1]);
   (integer 1, integers [-2; 1]);
   (integer 1, integers [1; 0]);
   (integer 1, integers [0; 0])].

Theorem verified :
  determined_up_to (integer_rows embedding) (natural 4) (integer 2).
Proof.
  apply (check_kernel_determines (integer_rows embedding) (natural 4) (integer 2) levels identity).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

(** V = [0 1 2 3]: at n = 2 the state of uniform attention determines the counts, for each
    query (the least length of a collision is n* = 3).  One tree per token. *)
From Counterproof Require Import Literals CheckBranch.

Definition row_0 : row := [0; 1; 2; 3].
Definition embedding : matrix := [row_0].
Definition tree_0 : tree :=
  Leaf (integers [-1; 2; 1; -3]).
Definition tree_1 : tree :=
  Split (integers [0; 0; 0; 0; 0; 0; 0; 1]) (integer 0)
    (Split (integers [0; 0; 0; 0; 1; 0; 0; 0]) (integer 0)
      (Leaf (integers [4; 0; -2; 5; 1; -4]))
      (Leaf (integers [-2; 1; 1; -1; 1; -1])))
    (Leaf (integers [-6; -2; 3; 3; -4])).
Definition tree_2 : tree :=
  Split (integers [0; 0; 0; 0; 1; 0; 0; 0]) (integer 0)
    (Split (integers [0; 0; 0; 0; 0; 1; 0; 0]) (integer 0)
      (Leaf (integers [2; 3; -1; 3; 0; -1]))
      (Leaf (integers [-4; 0; 2; -3; 3; -4])))
    (Leaf (integers [-6; 2; -3; 3; -4])).
Definition tree_3 : tree :=
  Leaf (integers [1; -1; 1; -3]).
Definition trees : list tree := [tree_0; tree_1; tree_2; tree_3].

Theorem verified : determined_at (integer_rows embedding) (natural 4) (integer 2).
Proof.
  apply (check_minimal_determines (integer_rows embedding) (natural 4) (integer 2) trees).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

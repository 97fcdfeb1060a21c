(** Any network within 1/2 of 1/5 -> 5, 1/2 -> 2 and 1 -> 1 has at least one unit. *)
From Counterproof Require Import Literals CheckTriples.

Definition left_0 : row := [1; 5; 5].
Definition middle_0 : row := [1; 2; 2].
Definition right_0 : row := [1; 1; 1].
Definition points := [(left_0, middle_0, right_0)].

Theorem verified :
  points_need_width (integer 1) (integer 2) (map point_triple_of points).
Proof.
  apply (check_points_sound (integer 1) (integer 2) (map point_triple_of points)).
  vm_cast_no_check (eq_refl true).
Qed.
Print Assumptions verified.

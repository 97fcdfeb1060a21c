(** * Rows of integers

    What the checkers compute with: lists of [Z], multiplied with lists of [Z] or of
    [Q], and how a list is read as a function on indices by the theories. *)

From Coq Require Import Arith Lia List ZArith QArith.
From Counterproof Require Import Sums.
Import ListNotations.

Local Open Scope Z_scope.

(** Entry [j] of a row; 0 outside. *)
Definition entry (l : list Z) (j : nat) : Z := nth j l 0.

Fixpoint row_product (a x : list Z) : Z :=
  match a, x with
  | p :: a', q :: x' => p * q + row_product a' x'
  | _, _ => 0
  end.

Definition row_sum (l : list Z) : Z := fold_right Z.add 0 l.
Definition row_abs (l : list Z) : Z := fold_right (fun x s => Z.abs x + s) 0 l.
Definition row_max (l : list Z) : Z := fold_right Z.max 0 l.

Lemma row_product_sum a x m :
  length a = m -> row_product a x = zsum m (fun j => entry a j * entry x j).
Proof.
  intros <-. revert x. induction a as [|p a IH]; intros x; [reflexivity|].
  cbn [length]. rewrite zsum_first. destruct x as [|q x].
  - rewrite zsum_zero; [unfold entry; simpl; ring|].
    intros i _. unfold entry. destruct i; simpl; ring.
  - simpl. rewrite IH. reflexivity.
Qed.

Lemma row_sum_sum l m : length l = m -> row_sum l = zsum m (entry l).
Proof.
  intros <-. induction l as [|x l IH]; [reflexivity|].
  cbn [length]. rewrite zsum_first. simpl. rewrite IH. reflexivity.
Qed.

Lemma row_abs_sum l m : length l = m -> row_abs l = zsum m (fun j => Z.abs (entry l j)).
Proof.
  intros <-. induction l as [|x l IH]; [reflexivity|].
  cbn [length]. rewrite zsum_first. simpl. rewrite IH. reflexivity.
Qed.

(** ** Integer rows on rational points *)

Fixpoint row_value (a : list Z) (x : list Q) : Q :=
  match a, x with
  | p :: a', q :: x' => (inject_Z p * q + row_value a' x')%Q
  | _, _ => 0%Q
  end.

(** [y * a + g], entry by entry. *)
Fixpoint add_multiple (y : Z) (a g : list Z) : list Z :=
  match a, g with
  | p :: a', q :: g' => (y * p + q) :: add_multiple y a' g'
  | _, _ => []
  end.

Lemma add_multiple_length y a g :
  length a = length g -> length (add_multiple y a g) = length g.
Proof.
  revert g. induction a as [|p a IH]; intros [|q g] H; simpl in *; try lia.
  rewrite IH; lia.
Qed.

Lemma add_multiple_value y a g x :
  length a = length g ->
  (row_value (add_multiple y a g) x == inject_Z y * row_value a x + row_value g x)%Q.
Proof.
  revert g x. induction a as [|p a IH]; intros [|q g] x H; simpl in H; try lia.
  - simpl. ring.
  - destruct x as [|u x]; simpl; [ring|].
    rewrite IH by lia. rewrite inject_Z_plus, inject_Z_mult. ring.
Qed.

Lemma zero_row_value m x : (row_value (repeat 0%Z m) x == 0)%Q.
Proof.
  revert x. induction m as [|m IH]; intros [|u x]; simpl; try reflexivity.
  rewrite IH. change (inject_Z 0) with 0%Q. ring.
Qed.

(** A point with integer coordinates. *)
Lemma row_value_integer a x : (row_value a (map inject_Z x) == inject_Z (row_product a x))%Q.
Proof.
  revert x. induction a as [|p a IH]; intros [|q x]; simpl; try reflexivity.
  rewrite IH, inject_Z_plus, inject_Z_mult. reflexivity.
Qed.

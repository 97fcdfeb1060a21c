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

(** ** Integer rows on integer points *)

Lemma row_product_comm a x : row_product a x = row_product x a.
Proof. revert x. induction a as [|p a IH]; intros [|q x]; simpl; try reflexivity. rewrite IH. ring. Qed.

Lemma row_product_zeros m x : row_product (repeat 0 m) x = 0.
Proof. revert x. induction m as [|m IH]; intros [|u x]; simpl; try reflexivity. rewrite IH. ring. Qed.

Lemma row_product_add y a g x :
  length a = length g -> row_product (add_multiple y a g) x = y * row_product a x + row_product g x.
Proof.
  revert g x. induction a as [|p a IH]; intros [|q g] x H; simpl in H; try lia; [simpl; ring|].
  destruct x as [|u x]; simpl; [ring|]. rewrite IH by lia. ring.
Qed.

Lemma entry_add y a g j :
  length a = length g -> entry (add_multiple y a g) j = y * entry a j + entry g j.
Proof.
  unfold entry. revert g j. induction a as [|p a IH]; intros [|q g] j H; simpl in H; try lia.
  - destruct j; simpl; ring.
  - destruct j as [|j]; simpl; [ring|]. apply IH. lia.
Qed.

Lemma row_product_scaled k a x : row_product (map (Z.mul k) a) x = k * row_product a x.
Proof. revert x. induction a as [|p a IH]; intros [|q x]; simpl; try ring. rewrite IH. ring. Qed.

Fixpoint row_equal (a b : list Z) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => (x =? y) && row_equal a' b'
  | _, _ => false
  end.

Lemma row_equal_true a b : row_equal a b = true -> a = b.
Proof.
  revert b. induction a as [|x a IH]; intros [|y b] H; simpl in H; try discriminate; [reflexivity|].
  apply andb_prop in H. destruct H as [Hx H]. apply Z.eqb_eq in Hx. f_equal; auto.
Qed.

Lemma row_product_vanishing {A} k rows (f : A -> Z) :
  (forall a, In a rows -> f a = 0) -> row_product k (map f rows) = 0.
Proof.
  revert k. induction rows as [|a rows IH]; intros [|y k] H; simpl; try reflexivity.
  rewrite IH, H by (simpl; auto; intros; apply H; right; assumption). ring.
Qed.

Lemma opposite_abs z : row_abs (map Z.opp z) = row_abs z.
Proof. induction z as [|x z IH]; simpl; lia. Qed.

Lemma entry_opp z j : entry (map Z.opp z) j = - entry z j.
Proof. unfold entry. change 0 with (- 0) at 1. apply map_nth. Qed.

(** [sum_i k_i rows_i], rows of length [m]. *)
Fixpoint sum_rows (m : nat) (k : list Z) (rows : list (list Z)) : list Z :=
  match k, rows with
  | x :: k', a :: rows' => add_multiple x a (sum_rows m k' rows')
  | _, _ => repeat 0 m
  end.

Lemma sum_rows_length m k rows :
  (forall a, In a rows -> length a = m) -> length (sum_rows m k rows) = m.
Proof.
  revert k. induction rows as [|a rows IH]; intros [|x k] H; simpl; try apply repeat_length.
  assert (E : length (sum_rows m k rows) = m) by (apply IH; intros; apply H; right; assumption).
  rewrite add_multiple_length; [exact E|]. rewrite E. apply H. left. reflexivity.
Qed.

Lemma sum_rows_product m k rows x :
  (forall a, In a rows -> length a = m) ->
  row_product (sum_rows m k rows) x = row_product k (map (fun a => row_product a x) rows).
Proof.
  revert k. induction rows as [|a rows IH]; intros [|y k] H; simpl; try apply row_product_zeros.
  rewrite row_product_add.
  - rewrite IH by (intros; apply H; right; assumption). reflexivity.
  - rewrite sum_rows_length by (intros; apply H; right; assumption). apply H. left. reflexivity.
Qed.

(** The largest size of an entry. *)
Definition row_size (y : list Z) : Z := fold_right (fun x s => Z.max (Z.abs x) s) 0 y.

Lemma row_abs_nonneg z : 0 <= row_abs z.
Proof. induction z as [|x z IH]; simpl; lia. Qed.

Lemma row_bounded y z : Z.abs (row_product y z) <= row_size y * row_abs z.
Proof.
  assert (Hs : forall y, 0 <= row_size y) by (clear; induction y; simpl; lia).
  revert z. induction y as [|p y IH]; intros [|q z]; simpl; try lia.
  specialize (IH z). pose proof (row_abs_nonneg z) as Ha.
  assert (Hp : Z.abs (p * q) <= Z.max (Z.abs p) (row_size y) * Z.abs q)
    by (rewrite Z.abs_mul; apply Z.mul_le_mono_nonneg_r; lia).
  assert (Hr : row_size y * row_abs z <= Z.max (Z.abs p) (row_size y) * row_abs z)
    by (apply Z.mul_le_mono_nonneg_r; lia).
  rewrite Z.mul_add_distr_l. lia.
Qed.

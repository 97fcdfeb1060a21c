(** * Checker: Farkas vectors and dual bounds

    Input, all integers (scale each rational row by its denominators first):
    - [free]: one flag per unknown, [true] if it may be negative, [false] if it is
      required to be [>= 0];
    - [rows]: [(sense, a, b)] with [a . x <= b], [a . x >= b] or [a . x = b];
    - [y]: one multiplier per row, [>= 0] at [Le], [<= 0] at [Ge], any at [Eq];
    - for a bound also [c], [v] and a scale [s > 0].
    Accepted by [check_farkas] when [g = sum_i y_i a_i] is [>= 0] at nonnegative and
    [= 0] at free unknowns, and [sum_i y_i b_i < 0]: there is no rational solution.
    Accepted by [check_bound] when [g] is [>= s c] resp. [= s c] and
    [sum_i y_i b_i <= s v]: every rational solution has [c . x <= v].

    Source: ours, for the statement of [Farkas.v]. *)

From Coq Require Import Arith Lia List ZArith QArith Lqa.
From Counterproof Require Import Sums Farkas Rows.
Import ListNotations.

Local Open Scope Z_scope.

Definition system_row := (sense * list Z * Z)%type.

(** ** The statement *)

Definition row_holds (x : list Q) (r : system_row) : Prop :=
  let '(s, a, b) := r in
  match s with
  | Le => (row_value a x <= inject_Z b)%Q
  | Ge => (inject_Z b <= row_value a x)%Q
  | Eq => (row_value a x == inject_Z b)%Q
  end.

Fixpoint signs_hold (free : list bool) (x : list Q) : Prop :=
  match free, x with
  | [], [] => True
  | f :: free', u :: x' => (f = false -> (0 <= u)%Q) /\ signs_hold free' x'
  | _, _ => False
  end.

(** [x] has one entry per unknown, with the right signs, and satisfies every row. *)
Definition solution (free : list bool) (rows : list system_row) (x : list Q) : Prop :=
  signs_hold free x /\ Forall (row_holds x) rows.

Definition infeasible (free : list bool) (rows : list system_row) : Prop :=
  forall x, ~ solution free rows x.

(** Every solution has [c . x <= v]. *)
Definition bounded (free : list bool) (rows : list system_row) (c : list Z) (v : Z) : Prop :=
  forall x, solution free rows x -> (row_value c x <= inject_Z v)%Q.

(** ** The checker *)

Definition multiplier_ok (s : sense) (y : Z) : bool :=
  match s with
  | Le => 0 <=? y
  | Ge => y <=? 0
  | Eq => true
  end.

(** [(sum_i y_i a_i, sum_i y_i b_i)], or nothing if a shape or a sign is wrong. *)
Fixpoint combine_rows (m : nat) (rows : list system_row) (y : list Z) (g : list Z) (v : Z)
    : option (list Z * Z) :=
  match rows, y with
  | [], [] => Some (g, v)
  | (s, a, b) :: rows', u :: y' =>
      if (length a =? m)%nat && multiplier_ok s u
      then combine_rows m rows' y' (add_multiple u a g) (u * b + v)
      else None
  | _, _ => None
  end.

(** [c <= g] at nonnegative unknowns, [c = g] at free ones. *)
Fixpoint dominated (free : list bool) (c g : list Z) : bool :=
  match free, c, g with
  | [], [], [] => true
  | f :: free', p :: c', q :: g' => (if f then p =? q else p <=? q) && dominated free' c' g'
  | _, _, _ => false
  end.

Definition check_bound (free : list bool) (rows : list system_row) (y c : list Z) (v s : Z) : bool :=
  let m := length free in
  match combine_rows m rows y (repeat 0 m) 0 with
  | Some (g, b) => (0 <? s) && dominated free (map (Z.mul s) c) g && (b <=? s * v)
  | None => false
  end.

Definition check_farkas (free : list bool) (rows : list system_row) (y : list Z) : bool :=
  check_bound free rows y (repeat 0 (length free)) (-1) 1.

(** ** Soundness *)

Lemma multiplied_row_holds x s a b u :
  multiplier_ok s u = true -> row_holds x (s, a, b) ->
  (inject_Z u * row_value a x <= inject_Z (u * b))%Q.
Proof.
  rewrite inject_Z_mult. destruct s; simpl; intros Hu H.
  - apply Qle_mul; [|exact H]. apply Z.leb_le in Hu.
    change 0%Q with (inject_Z 0). rewrite <- Zle_Qle. exact Hu.
  - apply Z.leb_le in Hu. rewrite Zle_Qle in Hu. change (inject_Z 0) with 0%Q in Hu.
    pose proof (Qle_mul _ _ (- inject_Z u) ltac:(lra) H). lra.
  - rewrite H. apply Qle_refl.
Qed.

Lemma combine_rows_sound m rows y g v g' v' x :
  combine_rows m rows y g v = Some (g', v') -> length g = m ->
  Forall (row_holds x) rows -> (row_value g x <= inject_Z v)%Q ->
  (row_value g' x <= inject_Z v')%Q.
Proof.
  revert y g v. induction rows as [|[[s a] b] rows IH]; intros [|u y] g v H Hlen Hrows Hg;
    simpl in H; try discriminate; [inversion H; subst; exact Hg|].
  destruct ((length a =? m)%nat && multiplier_ok s u) eqn:E; [|discriminate].
  apply andb_prop in E. destruct E as [Ea Eu]. apply Nat.eqb_eq in Ea.
  inversion Hrows as [|? ? Hr Hrs]; subst.
  apply (IH y (add_multiple u a g) (u * b + v) H).
  - rewrite add_multiple_length; congruence.
  - exact Hrs.
  - rewrite add_multiple_value by congruence. rewrite inject_Z_plus.
    apply Qplus_le_compat; [|exact Hg]. apply (multiplied_row_holds x s a b u); assumption.
Qed.

Lemma dominated_sound free c g x :
  dominated free c g = true -> signs_hold free x -> (row_value c x <= row_value g x)%Q.
Proof.
  revert c g x. induction free as [|f free IH]; intros [|p c] [|q g] [|u x] H Hx;
    simpl in *; try discriminate; try tauto.
  apply andb_prop in H. destruct H as [H1 H2]. destruct Hx as [Hu Hx].
  apply Qplus_le_compat; [|apply IH; assumption]. destruct f.
  - apply Z.eqb_eq in H1. subst. apply Qle_refl.
  - apply Z.leb_le in H1. apply Qmult_le_compat_r; [|auto]. rewrite <- Zle_Qle. exact H1.
Qed.

Lemma scaled_row_value s c x : (row_value (map (Z.mul s) c) x == inject_Z s * row_value c x)%Q.
Proof.
  revert x. induction c as [|p c IH]; intros [|u x]; simpl; try ring.
  rewrite IH, inject_Z_mult. ring.
Qed.

(** An accepted bound holds for every rational solution. *)
Theorem check_bound_sound free rows y c v s :
  check_bound free rows y c v s = true -> bounded free rows c v.
Proof.
  unfold check_bound. destruct (combine_rows _ _ _ _ _) as [[g b]|] eqn:E; [|discriminate].
  intros H x [Hs Hr]. apply andb_prop in H. destruct H as [H Hb].
  apply andb_prop in H. destruct H as [Hp Hd]. apply Z.ltb_lt in Hp. apply Z.leb_le in Hb.
  assert (H1 : (row_value g x <= inject_Z b)%Q).
  { apply (combine_rows_sound _ _ _ _ _ _ _ _ E); [apply repeat_length | exact Hr|].
    rewrite zero_row_value. apply Qle_refl. }
  pose proof (dominated_sound _ _ _ x Hd Hs) as H2. rewrite scaled_row_value in H2.
  rewrite Zle_Qle, inject_Z_mult in Hb. rewrite Zlt_Qlt in Hp. change (inject_Z 0) with 0%Q in Hp.
  apply (Qmult_le_l _ _ (inject_Z s) Hp). lra.
Qed.

(** An accepted Farkas vector means that there is no rational solution. *)
Theorem check_farkas_sound free rows y :
  check_farkas free rows y = true -> infeasible free rows.
Proof.
  intros H x Hx. pose proof (check_bound_sound _ _ _ _ _ _ H x Hx) as Hb.
  rewrite zero_row_value in Hb. apply (Qle_not_lt _ _ Hb). reflexivity.
Qed.

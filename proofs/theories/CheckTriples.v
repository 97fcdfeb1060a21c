(** * Checker: triples, a lower bound on the width of an inverse

    Input, all integers: [n], a tolerance [eps = p / s] with [s > 0], and triples
    [(i, j, k)] in increasing order with [1 <= i < j < k <= n], each starting where the
    one before ended or later, and [(j - i)(k - j) s > 2 p j].
    Accepted by [check_triples]: every network [N] with one hidden layer and
    [|N(1/k) - k| <= eps] for [k = 1 .. n] has at least as many units as there are
    triples.

    [check_points] is the same for arbitrary points [x -> y], as needed for the noisy
    inputs of T3: a triple is [x_1 < x_2 < x_3] with targets, [x] given as fraction with
    positive denominator, from right to left.

    Source: ours, for the statement of [InverseWidth.v]. *)

From Coq Require Import Arith Lia List ZArith QArith Qfield Lqa.
From Counterproof Require Import Sums Vectors InverseWidth.
Import ListNotations.

Local Open Scope Z_scope.

(** [eps = p / s]. *)
Definition tolerance (p s : Z) : Q := (inject_Z p / inject_Z s)%Q.

(** ** Triples of points [1/k -> k] *)

Fixpoint check_chain (n p s start : Z) (l : list (Z * Z * Z)) : bool :=
  match l with
  | [] => true
  | (i, j, k) :: rest =>
      (start <=? i) && (i <? j) && (j <? k) && (k <=? n)
      && (2 * p * j <? (j - i) * (k - j) * s) && check_chain n p s k rest
  end.

Definition check_triples (n p s : Z) (t : nat) (l : list (Z * Z * Z)) : bool :=
  (length l =? t)%nat && (0 <? s) && check_chain n p s 1 l.

Definition as_triple (t : Z * Z * Z) : triple := let '(i, j, k) := t in inverse_triple i j k.

(** Every network that inverts [1 .. n] within [p / s] has at least [t] units. *)
Definition width_at_least (n p s : Z) (t : nat) : Prop :=
  forall N, inverts n (tolerance p s) N -> (t <= width N)%nat.

Lemma check_chain_sound n p s start l :
  0 < s -> 1 <= start -> check_chain n p s start l = true ->
  leftwards (/ inject_Z start) (map as_triple l) /\
  Forall (unstabbed (tolerance p s)) (map as_triple l) /\
  forall N, inverts n (tolerance p s) N ->
    Forall (near_triple (tolerance p s) N) (map as_triple l).
Proof.
  intros Hs. revert start. induction l as [|[[i j] k] l IH]; intros start Hstart H.
  - simpl. repeat split; constructor.
  - simpl in H. repeat (apply andb_prop in H; destruct H as [H ?]).
    repeat match goal with
      | X : (_ <=? _) = true |- _ => apply Z.leb_le in X
      | X : (_ <? _) = true |- _ => apply Z.ltb_lt in X
      end.
    destruct (IH k ltac:(lia) ltac:(assumption)) as [A [B C]].
    assert (Hu : unstabbed (tolerance p s) (inverse_triple i j k)).
    { apply inverse_unstabbed; try lia. unfold tolerance.
      assert (Ps : (0 < inject_Z s)%Q) by (apply inject_pos; lia).
      apply (Qmult_lt_r _ _ (inject_Z s) Ps).
      setoid_replace (2 * (inject_Z p / inject_Z s) * inject_Z j * inject_Z s)%Q
        with (inject_Z (2 * p * j)) by (rewrite !inject_Z_mult; field; lra).
      rewrite <- inject_Z_mult, <- Zlt_Qlt. assumption. }
    split; [|split].
    + split; [apply inverse_le; lia | exact A].
    + constructor; [exact Hu | exact B].
    + intros N HN. constructor; [|apply C; exact HN].
      apply (inverts_triple n); try lia. exact HN.
Qed.

(** Accepted triples: a lower bound on the width. *)
Theorem check_triples_sound n p s t l :
  check_triples n p s t l = true -> width_at_least n p s t.
Proof.
  unfold check_triples. intros H N HN. apply andb_prop in H. destruct H as [Hs H].
  apply andb_prop in Hs. destruct Hs as [Ht Hs]. apply Nat.eqb_eq in Ht. subst t.
  apply Z.ltb_lt in Hs. destruct (check_chain_sound n p s 1 l Hs ltac:(lia) H) as [A [B C]].
  rewrite <- (map_length as_triple).
  apply (triples_width (tolerance p s) N _ _ A B). apply C. exact HN.
Qed.

(** ** Triples of arbitrary points *)

(** A point [(a, b, y)] is [a / b -> y] with [b > 0]. *)
Definition point := (Z * Z * Z)%type.
Definition point_x (t : point) : Q := let '(a, b, _) := t in (inject_Z a / inject_Z b)%Q.
Definition point_y (t : point) : Q := let '(_, _, y) := t in inject_Z y.

Definition as_point_triple (t : point * point * point) : triple :=
  let '(l, m, r) := t in
  {| x1 := point_x l; y1 := point_y l; x2 := point_x m; y2 := point_y m;
     x3 := point_x r; y3 := point_y r |}.

Definition Qlt_bool (x y : Q) : bool := negb (Qle_bool y x).

Definition check_point_triple (eps : Q) (t : triple) : bool :=
  Qlt_bool (x1 t) (x2 t) && Qlt_bool (x2 t) (x3 t)
  && Qlt_bool (2 * eps * (x3 t - x1 t))
       (y1 t * (x3 t - x2 t) + y3 t * (x2 t - x1 t) - y2 t * (x3 t - x1 t)).

Fixpoint check_leftwards (eps : Q) (l : list triple) : bool :=
  match l with
  | [] => true
  | t :: rest =>
      check_point_triple eps t && check_leftwards eps rest
      && match rest with [] => true | u :: _ => Qle_bool (x3 u) (x1 t) end
  end.

Definition check_points (p s : Z) (l : list (point * point * point)) : bool :=
  (0 <? s) && check_leftwards (tolerance p s) (map as_point_triple l).

Lemma Qlt_bool_lt x y : Qlt_bool x y = true -> (x < y)%Q.
Proof.
  unfold Qlt_bool. intros H. apply Qnot_le_lt. intros Hle.
  apply Qle_bool_iff in Hle. rewrite Hle in H. discriminate.
Qed.

Lemma check_point_triple_sound eps t : check_point_triple eps t = true -> unstabbed eps t.
Proof.
  unfold check_point_triple. intros H. apply andb_prop in H. destruct H as [H H3].
  apply andb_prop in H. destruct H as [H1 H2]. split; [|split]; apply Qlt_bool_lt; assumption.
Qed.

Lemma check_leftwards_sound eps l :
  check_leftwards eps l = true ->
  Forall (unstabbed eps) l /\
  forall top, match l with [] => True | t :: _ => (x3 t <= top)%Q end -> leftwards top l.
Proof.
  induction l as [|t l IH]; intros H; [split; [constructor | intros; exact I]|].
  simpl in H. apply andb_prop in H. destruct H as [H Hnext].
  apply andb_prop in H. destruct H as [Ht Hl]. destruct (IH Hl) as [A B]. split.
  - constructor; [apply check_point_triple_sound; exact Ht | exact A].
  - intros top Htop. split; [exact Htop|]. apply B. destruct l as [|u l]; [exact I|].
    apply Qle_bool_iff. exact Hnext.
Qed.

(** Every network within [p / s] of all the points has that many units. *)
Definition points_need_width (p s : Z) (l : list (point * point * point)) : Prop :=
  forall N, Forall (near_triple (tolerance p s) N) (map as_point_triple l) ->
    (length l <= width N)%nat.

(** Accepted points: every network within [eps] of all of them has that many units. *)
Theorem check_points_sound p s l :
  check_points p s l = true -> points_need_width p s l.
Proof.
  unfold check_points. intros H N HN. apply andb_prop in H. destruct H as [_ H].
  destruct (check_leftwards_sound _ _ H) as [A B].
  rewrite <- (map_length as_point_triple).
  apply (triples_width (tolerance p s) N
           (match map as_point_triple l with [] => 0 | t :: _ => x3 t end)%Q); try assumption.
  apply B. destruct (map as_point_triple l); [exact I | apply Qle_refl].
Qed.

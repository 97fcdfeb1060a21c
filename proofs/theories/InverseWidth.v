(** * T6: how wide a network must be that inverts

    Statement.  Let [N(x) = alpha x + beta + sum_{i<W} a_i ReLU(w_i x + b_i)] and
    [|N(1/k) - k| <= eps] for [k = 1 .. n].
    - If there are [t] triples [i < j < k] of points of [1 .. n] with disjoint
      interiors (end points may be shared) that no line stabs within [eps], then
      [W >= t].  No line stabs [(i, j, k)] exactly when
      [(j - i) (k - j) > 2 eps j].
    - For [eps = 0] every triple will do, so [n <= 2 W + 2].

    Source: ours.  The reason: a unit bends at one point only.  Where no unit bends
    strictly inside an interval, [N] is a line on it, and a line that is within
    [eps] of three targets stabs them; so every unstabbed triple has a unit of its
    own.  The core is proved for triples of any points [(x, y)], which also covers
    the noisy inputs of T3. *)

From Coq Require Import Arith Lia List ZArith QArith Qabs Qfield Lqa.
From Counterproof Require Import Sums Vectors.
Import ListNotations.

Local Open Scope Q_scope.

(** A network with one scalar input; [width] units [(a_i, w_i, b_i)]. *)
Record network := {
  alpha : Q;
  beta : Q;
  width : nat;
  out_weight : nat -> Q;
  in_weight : nat -> Q;
  bias : nat -> Q
}.

Definition unit_line (N : network) (i : nat) (x : Q) : Q := in_weight N i * x + bias N i.

Definition eval (N : network) (x : Q) : Q :=
  alpha N * x + beta N + qsum (width N) (fun i => out_weight N i * relu (unit_line N i x)).

(** ** Where a network bends *)

(** Unit [i] bends strictly between [lo] and [hi]. *)
Definition crosses (N : network) (i : nat) (lo hi : Q) : Prop :=
  unit_line N i lo * unit_line N i hi < 0.

Lemma crosses_dec N i lo hi : {crosses N i lo hi} + {0 <= unit_line N i lo * unit_line N i hi}.
Proof. apply Qlt_le_dec. Qed.

Lemma opposite_signs a b : a <= b -> a * b < 0 -> a < 0 /\ 0 < b.
Proof.
  intros Hab H. split.
  - destruct (Qlt_le_dec a 0) as [Ha|Ha]; [exact Ha|].
    pose proof (Qmult_le_0_compat a b Ha ltac:(lra)). lra.
  - destruct (Qlt_le_dec 0 b) as [Hb|Hb]; [exact Hb|].
    pose proof (Qmult_le_0_compat (- a) (- b) ltac:(lra) ltac:(lra)). lra.
Qed.

(** It does so in at most one of two intervals side by side. *)
Lemma crosses_once N i lo hi lo' hi' :
  lo < hi -> hi <= lo' -> lo' < hi' -> crosses N i lo hi -> crosses N i lo' hi' -> False.
Proof.
  unfold crosses, unit_line. set (w := in_weight N i). set (b := bias N i).
  intros H1 H2 H3 C1 C2.
  destruct (Qlt_le_dec w 0) as [Hw|Hw].
  - pose proof (Qmult_le_0_compat (- w) (hi - lo) ltac:(lra) ltac:(lra)).
    pose proof (Qmult_le_0_compat (- w) (lo' - hi) ltac:(lra) ltac:(lra)).
    pose proof (Qmult_le_0_compat (- w) (hi' - lo') ltac:(lra) ltac:(lra)).
    rewrite Qmult_comm in C1, C2.
    apply opposite_signs in C1; [|lra]. apply opposite_signs in C2; [|lra]. lra.
  - pose proof (Qmult_le_0_compat w (hi - lo) ltac:(lra) ltac:(lra)).
    pose proof (Qmult_le_0_compat w (lo' - hi) ltac:(lra) ltac:(lra)).
    pose proof (Qmult_le_0_compat w (hi' - lo') ltac:(lra) ltac:(lra)).
    apply opposite_signs in C1; [|lra]. apply opposite_signs in C2; [|lra]. lra.
Qed.

(** Where a unit does not bend it is a line. *)
Lemma relu_straight w b x1 x2 x3 :
  x1 <= x2 -> x2 <= x3 -> 0 <= (w * x1 + b) * (w * x3 + b) ->
  relu (w * x2 + b) * (x3 - x1)
  == relu (w * x1 + b) * (x3 - x2) + relu (w * x3 + b) * (x2 - x1).
Proof.
  intros H12 H23 H.
  destruct (Qlt_le_dec x1 x3) as [H13|H13].
  2: { assert (E1 : x1 == x2) by lra. assert (E3 : x3 == x2) by lra. rewrite E1, E3. ring. }
  assert (Hmid : (w * x2 + b) * (x3 - x1) == (w * x1 + b) * (x3 - x2) + (w * x3 + b) * (x2 - x1))
    by ring.
  destruct (Qlt_le_dec (w * x1 + b) 0) as [L1|L1];
    destruct (Qlt_le_dec (w * x3 + b) 0) as [L3|L3].
  - rewrite !relu_neg by nra. ring.
  - assert (w * x3 + b <= 0) by nra. rewrite !relu_neg by nra. ring.
  - assert (w * x1 + b <= 0) by nra. rewrite !relu_neg by nra. ring.
  - rewrite !relu_pos by nra. exact Hmid.
Qed.

Lemma network_straight N x1 x2 x3 :
  x1 <= x2 -> x2 <= x3 ->
  (forall i, (i < width N)%nat -> 0 <= unit_line N i x1 * unit_line N i x3) ->
  eval N x2 * (x3 - x1) == eval N x1 * (x3 - x2) + eval N x3 * (x2 - x1).
Proof.
  intros H12 H23 H. unfold eval.
  rewrite !Qmult_plus_distr_l, !(Qmult_comm (qsum _ _)), <- !qsum_scale.
  rewrite (qsum_ext (width N) (fun i => (x3 - x1) * _)
    (fun i => (x3 - x2) * (out_weight N i * relu (unit_line N i x1))
            + (x2 - x1) * (out_weight N i * relu (unit_line N i x3)))).
  - rewrite qsum_plus. ring.
  - intros i Hi. unfold unit_line.
    transitivity (out_weight N i * (relu (in_weight N i * x2 + bias N i) * (x3 - x1))); [ring|].
    rewrite (relu_straight _ _ x1 x2 x3 H12 H23 (H i Hi)). ring.
Qed.

(** ** Triples *)

(** Three points [(x, y)] from left to right. *)
Record triple := { x1 : Q; y1 : Q; x2 : Q; y2 : Q; x3 : Q; y3 : Q }.

(** No line passes all three within [eps]. *)
Definition unstabbed (eps : Q) (t : triple) : Prop :=
  x1 t < x2 t /\ x2 t < x3 t /\
  2 * eps * (x3 t - x1 t)
    < y1 t * (x3 t - x2 t) + y3 t * (x2 t - x1 t) - y2 t * (x3 t - x1 t).

(** The network is within [eps] of a target. *)
Definition near (eps : Q) (N : network) (x y : Q) : Prop := - eps <= eval N x - y <= eps.

Definition near_triple (eps : Q) (N : network) (t : triple) : Prop :=
  near eps N (x1 t) (y1 t) /\ near eps N (x2 t) (y2 t) /\ near eps N (x3 t) (y3 t).

(** Intervals from right to left, each starting where the one before ended or later. *)
Fixpoint leftwards (top : Q) (l : list triple) : Prop :=
  match l with
  | [] => True
  | t :: rest => x3 t <= top /\ leftwards (x1 t) rest
  end.

(** An unstabbed triple has a unit that bends inside it. *)
Lemma unstabbed_crossed eps N t :
  unstabbed eps t -> near_triple eps N t ->
  exists i, (i < width N)%nat /\ crosses N i (x1 t) (x3 t).
Proof.
  intros [H12 [H23 Hgap]] [[A1 B1] [[A2 B2] [A3 B3]]].
  assert (Hdec : (exists i, (i < width N)%nat /\ crosses N i (x1 t) (x3 t)) \/
    forall i, (i < width N)%nat -> 0 <= unit_line N i (x1 t) * unit_line N i (x3 t)).
  { induction (width N) as [|k IH]; [right; intros; lia|].
    destruct (crosses_dec N k (x1 t) (x3 t)) as [C|C]; [left; exists k; split; [lia | exact C]|].
    destruct IH as [[i [Hi Ci]]|IH]; [left; exists i; split; [lia | exact Ci]|].
    right. intros i Hi. destruct (Nat.eq_dec i k) as [->|]; [exact C | apply IH; lia]. }
  destruct Hdec as [Hdec|Hdec]; [exact Hdec | exfalso].
  pose proof (network_straight N (x1 t) (x2 t) (x3 t) (Qlt_le_weak _ _ H12)
                (Qlt_le_weak _ _ H23) Hdec) as E.
  nra.
Qed.

Lemma leftwards_below eps top l :
  leftwards top l -> Forall (unstabbed eps) l -> Forall (fun t => x3 t <= top) l.
Proof.
  revert top. induction l as [|t l IH]; intros top Hl Hu; [constructor|].
  destruct Hl as [Ht Hl]. inversion Hu as [|? ? [H12 [H23 _]] Hu']; subst.
  constructor; [exact Ht|].
  apply (Forall_impl (P := fun s => x3 s <= x1 t)); [|apply IH; assumption].
  intros s Hs. lra.
Qed.

(** Disjoint unstabbed triples have distinct units, so there are at most [W] of them. *)
Theorem triples_width eps N top l :
  leftwards top l -> Forall (unstabbed eps) l -> Forall (near_triple eps N) l ->
  (length l <= width N)%nat.
Proof.
  intros Hl Hu Hn.
  assert (H : exists us, length us = length l /\ NoDup us /\
    forall i, In i us -> (i < width N)%nat /\ exists t, In t l /\ crosses N i (x1 t) (x3 t)).
  { revert top Hl. induction l as [|t l IH]; intros top Hl.
    - exists []. split; [reflexivity|]. split; [constructor | intros i []].
    - destruct Hl as [Ht Hl]. inversion Hu as [|? ? Hut Hul]; subst.
      inversion Hn as [|? ? Hnt Hnl]; subst.
      destruct (IH Hul Hnl (x1 t) Hl) as [us [Elen [Hd Hus]]].
      destruct (unstabbed_crossed eps N t Hut Hnt) as [i [Hi Ci]].
      exists (i :: us). split; [simpl; congruence|]. split.
      + constructor; [|exact Hd]. intros Hin.
        destruct (Hus i Hin) as [_ [s [Hs Cs]]].
        pose proof (leftwards_below eps (x1 t) l Hl Hul) as Hb.
        rewrite Forall_forall in Hb, Hul.
        specialize (Hb s Hs). destruct (Hul s Hs) as [S12 [S23 _]].
        destruct Hut as [T12 [T23 _]].
        apply (crosses_once N i (x1 s) (x3 s) (x1 t) (x3 t)); try assumption; lra.
      + intros j [<-|Hj].
        * split; [exact Hi|]. exists t. split; [left; reflexivity | exact Ci].
        * destruct (Hus j Hj) as [Hjw [s [Hs Cs]]]. split; [exact Hjw|].
          exists s. split; [right; exact Hs | exact Cs]. }
  destruct H as [us [<- [Hd Hus]]].
  rewrite <- (seq_length (width N) 0). apply NoDup_incl_length; [exact Hd|].
  intros i Hi. apply in_seq. destruct (Hus i Hi). lia.
Qed.

(** ** The points [1/k -> k] *)

(** [N] inverts [1 .. n] within [eps]. *)
Definition inverts (n : Z) (eps : Q) (N : network) : Prop :=
  forall k, (1 <= k <= n)%Z -> near eps N (/ inject_Z k) (inject_Z k).

(** The triple of the points [i < j < k], left to right. *)
Definition inverse_triple (i j k : Z) : triple :=
  {| x1 := / inject_Z k; y1 := inject_Z k;
     x2 := / inject_Z j; y2 := inject_Z j;
     x3 := / inject_Z i; y3 := inject_Z i |}.

Lemma inverse_lt i j : (1 <= i)%Z -> (i < j)%Z -> / inject_Z j < / inject_Z i.
Proof.
  intros Hi Hij. pose proof (inject_pos i Hi) as Pi. pose proof (inject_pos j ltac:(lia)) as Pj.
  apply (Qmult_lt_r _ _ (inject_Z i * inject_Z j)); [nra|].
  setoid_replace (/ inject_Z j * (inject_Z i * inject_Z j)) with (inject_Z i) by (field; lra).
  setoid_replace (/ inject_Z i * (inject_Z i * inject_Z j)) with (inject_Z j) by (field; lra).
  rewrite <- Zlt_Qlt. exact Hij.
Qed.

Lemma inverse_le i j : (1 <= i)%Z -> (i <= j)%Z -> / inject_Z j <= / inject_Z i.
Proof.
  intros Hi Hij. destruct (Z.eq_dec i j) as [->|]; [apply Qle_refl|].
  apply Qlt_le_weak, inverse_lt; lia.
Qed.

(** [(j - i)(k - j) > 2 eps j], the whole of what a triple has to satisfy. *)
Lemma inverse_unstabbed eps i j k :
  (1 <= i)%Z -> (i < j)%Z -> (j < k)%Z ->
  2 * eps * inject_Z j < inject_Z ((j - i) * (k - j)) ->
  unstabbed eps (inverse_triple i j k).
Proof.
  intros Hi Hij Hjk H. split; [|split]; cbn [x1 x2 x3 y1 y2 y3 inverse_triple].
  - apply inverse_lt; lia.
  - apply inverse_lt; lia.
  - rewrite inject_Z_mult in H. unfold Z.sub in H. rewrite !inject_Z_plus, !inject_Z_opp in H.
    pose proof (inject_pos i Hi) as Pi. pose proof (inject_pos j ltac:(lia)) as Pj.
    pose proof (inject_pos k ltac:(lia)) as Pk.
    assert (Hik : inject_Z i < inject_Z k) by (rewrite <- Zlt_Qlt; lia).
    set (I := inject_Z i) in *. set (J := inject_Z j) in *. set (L := inject_Z k) in *.
    assert (Pijk : 0 < I * J * L) by (apply Qmult_lt_0_compat; [apply Qmult_lt_0_compat|]; assumption).
    apply (Qmult_lt_r _ _ (I * J * L) Pijk).
    setoid_replace (2 * eps * (/ I - / L) * (I * J * L)) with (2 * eps * J * (L - I))
      by (field; lra).
    setoid_replace ((L * (/ I - / J) + I * (/ J - / L) - J * (/ I - / L)) * (I * J * L))
      with ((J + - I) * (L + - J) * (L - I)) by (field; lra).
    apply Qmult_lt_r; [lra | exact H].
Qed.

Lemma inverts_triple n eps N i j k :
  inverts n eps N -> (1 <= i)%Z -> (i < j)%Z -> (j < k)%Z -> (k <= n)%Z ->
  near_triple eps N (inverse_triple i j k).
Proof. intros H Hi Hij Hjk Hk. split; [|split]; apply H; lia. Qed.

(** ** The exact inverse *)

Definition exact_triples (s t : nat) : list triple :=
  map (fun p => let z := Z.of_nat p in inverse_triple (2 * z + 1) (2 * z + 2) (2 * z + 3)) (seq s t).

Lemma exact_triples_leftwards s t :
  leftwards (/ inject_Z (2 * Z.of_nat s + 1)) (exact_triples s t).
Proof.
  revert s. induction t as [|t IH]; intros s; [exact I|]. split.
  - apply Qle_refl.
  - specialize (IH (S s)).
    replace (2 * Z.of_nat (S s) + 1)%Z with (2 * Z.of_nat s + 3)%Z in IH by lia. exact IH.
Qed.

(** T6, [eps = 0]: a network exact on [1/k -> k] for [k = 1 .. n] has [n <= 2 W + 2]. *)
Theorem inverse_width_exact n N :
  inverts n 0 N -> (n <= 2 * Z.of_nat (width N) + 2)%Z.
Proof.
  intros H.
  destruct (Z_le_gt_dec n (2 * Z.of_nat (width N) + 2)) as [Hn|Hn]; [exact Hn | exfalso].
  assert (Hw : (length (exact_triples 0 (S (width N))) <= width N)%nat).
  - apply (triples_width 0 N _ _ (exact_triples_leftwards 0 (S (width N))));
      apply Forall_forall; intros tr Htr; apply in_map_iff in Htr;
      destruct Htr as [p [<- Hp]]; apply in_seq in Hp; cbv zeta.
    + apply inverse_unstabbed; try lia.
      setoid_replace (2 * 0 * inject_Z (2 * Z.of_nat p + 2)) with 0 by ring.
      apply inject_pos. set (z := Z.of_nat p).
      replace ((2 * z + 2 - (2 * z + 1)) * (2 * z + 3 - (2 * z + 2)))%Z with 1%Z by ring. lia.
    + apply (inverts_triple n); try lia. exact H.
  - unfold exact_triples in Hw. rewrite map_length, seq_length in Hw. lia.
Qed.

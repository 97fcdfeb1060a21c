(** * T18: how long counting by attention works in exact arithmetic

    Statement.  A head that attends to the query reads from the mark
    [x = 1 / sum_j c_j w_j], [w_q = 1] and [0 < w_j <= 1/b] for the other tokens.  Two inputs
    with the query [q] and the same length collide when they have the same [x] and different
    counts of [q]; at a length where two collide no MLP that reads [x] solves QC.
    - If [b > 1] there is no collision below length [floor(b) + 2].
    - If [b] is an integer and weights [1/b] and [1/b^2] occur, the least is exactly [b + 2].
    - If all other weights are equal (and not 1) there is none at any length.
    - If they take two values [w_1 > w_2] and [P/Q = (1 - w_2) / (w_1 - w_2)] in lowest terms,
      the least is exactly [1 + P].

    Source: ours.  A collision is an integer vector [z] with [sum z = 0], [sum w z = 0],
    [z_q <> 0], and two inputs that share a query differ by at most [2 (n - 1)].  Over any
    ordered field; [AttendLengthMark.v] has the head of T3. *)

From Coq Require Import Setoid Field Arith Lia ZArith Znumtheory.
From Counterproof Require Import Sums Vectors UniformCollision OrderedField.

Local Open Scope field_scope.

(** Two inputs that share a query differ by at most [2 (n - 1)]. *)
Lemma inputs_distance m n c c' q :
  input m n c q -> input m n c' q -> (l1 m (difference c c') <= 2 * (n - 1))%Z.
Proof.
  intros [Hq Hc Hs H1] [_ Hc' Hs' H1'].
  apply Z.le_trans with (zsum m (fun j => c j + c' j - 2 * (if Nat.eqb j q then 1 else 0)))%Z.
  - apply zsum_le. intros j Hj. unfold difference. specialize (Hc j Hj). specialize (Hc' j Hj).
    destruct (Nat.eqb_spec j q) as [->|]; lia.
  - rewrite zsum_minus, zsum_plus, zsum_scale, Hs, Hs', (zsum_single m q), Nat.eqb_refl;
      [lia | exact Hq|].
    intros j _ Hj. apply Nat.eqb_neq in Hj. rewrite Hj. reflexivity.
Qed.

(** Part of a vector with sum 0. *)
Lemma l1_part m z (part : nat -> bool) :
  zsum m z = 0%Z ->
  (2 * Z.abs (zsum m (fun j => if part j then z j else 0)) <= l1 m z)%Z.
Proof.
  intros Hz. set (x := zsum m _).
  assert (Hx : forall f b, (Z.abs (zsum m (fun j => if Bool.eqb (f j) b then z j else 0))
                            <= zsum m (fun j => if Bool.eqb (f j) b then Z.abs (z j) else 0))%Z).
  { intros f b. clear. induction m as [|m IH]; [simpl; lia|]. cbn [sum].
    destruct (Bool.eqb (f m) b); lia. }
  pose proof (Hx part true) as H1. pose proof (Hx part false) as H2.
  assert (E1 : zsum m (fun j => if Bool.eqb (part j) true then z j else 0)%Z = x).
  { apply zsum_ext. intros j _. destruct (part j); reflexivity. }
  assert (E2 : (x + zsum m (fun j => if Bool.eqb (part j) false then z j else 0) = 0)%Z).
  { transitivity (zsum m z); [|exact Hz]. unfold x. rewrite <- zsum_plus. apply zsum_ext. intros j _.
    destruct (part j); simpl; lia. }
  assert (E3 : (zsum m (fun j => if Bool.eqb (part j) true then Z.abs (z j) else 0)
                + zsum m (fun j => if Bool.eqb (part j) false then Z.abs (z j) else 0) = l1 m z)%Z).
  { rewrite <- zsum_plus. apply zsum_ext. intros j _. destruct (part j); simpl; lia. }
  rewrite E1 in H1. lia.
Qed.

Section AttendLength.
  Variable F : ordered_field.
  Add Field attend_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  Variables (m q : nat) (w : nat -> F).
  Hypothesis q_token : (q < m)%nat.
  Hypothesis w_query : w q == 1.

  (** [sum_j c_j w_j]: what the mark is divided by. *)
  Definition weight_total (c : nat -> Z) : F := fsum m (fun j => integer (c j) * w j).

  (** Two inputs of length [n] that the head cannot tell apart and QC can. *)
  Definition collision (n : Z) : Prop :=
    exists c c', input m n c q /\ input m n c' q /\
      weight_total c == weight_total c' /\ c q <> c' q.

  (** No function of what the head reads is right at such a length. *)
  Theorem collision_unsolvable n (f : F -> F) :
    collision n -> (forall x y, x == y -> f x == f y) ->
    ~ (forall c, input m n c q -> (1 + 1) * fabs (f (weight_total c) - integer (c q)) < 1).
  Proof.
    intros [c [c' [Hc [Hc' [E Hne]]]]] Hf H.
    pose proof (flt_fle _ _ (H c Hc)) as H1. apply (H c' Hc').
    rewrite <- (Hf _ _ E). set (y := f (weight_total c)) in *.
    assert (H2 : 1 <= fabs (y - integer (c q)) + fabs (y - integer (c' q))).
    { apply fle_trans with (fabs (integer (c q) - integer (c' q))).
      - rewrite <- integer_sub, <- integer_1.
        destruct (Z_lt_le_dec (c q) (c' q)) as [H3|H3].
        + apply fle_trans with (2 := fopp_le_fabs _). rewrite <- integer_opp. apply integer_le. lia.
        + apply fle_trans with (2 := fle_fabs _). apply integer_le. lia.
      - rewrite (fabs_sub y). apply fle_trans with (2 := fabs_triangle _ _).
        apply feq_fle, fabs_proper. ring. }
    pose proof (fle_add2 _ _ _ _ H1 (fle_add2 _ _ _ _ H2 H2)) as H3. linear H3.
  Qed.

  (** The difference of such inputs. *)
  Definition mark_relation (z : nat -> Z) : Prop :=
    zsum m z = 0%Z /\ weight_total z == 0 /\ z q <> 0%Z.

  Lemma collision_relation n c c' :
    input m n c q -> input m n c' q -> weight_total c == weight_total c' -> c q <> c' q ->
    mark_relation (difference c c').
  Proof.
    intros Hc Hc' E Hne. split; [|split].
    - unfold difference. rewrite zsum_minus, (input_sum _ _ _ _ Hc), (input_sum _ _ _ _ Hc'). lia.
    - unfold weight_total, difference.
      rewrite (fsum_ext m _ (fun j => integer (c j) * w j - integer (c' j) * w j))
        by (intros; rewrite integer_sub; ring).
      rewrite fsum_minus. unfold weight_total in E. rewrite E. ring.
    - unfold difference. lia.
  Qed.

  (** ** Below [floor(b) + 2] *)

  Lemma relation_opposite z : mark_relation z -> mark_relation (opposite z).
  Proof.
    intros [Hz [Hw Hq]]. split; [|split].
    - unfold opposite. rewrite zsum_opp. lia.
    - unfold weight_total, opposite.
      rewrite (fsum_ext m _ (fun j => (0 - 1) * (integer (z j) * w j)))
        by (intros; rewrite integer_opp; ring).
      rewrite fsum_scale. unfold weight_total in Hw. rewrite Hw. ring.
    - unfold opposite. lia.
  Qed.

  (** Every relation is long: [||z||_1 >= 2 (k + 1)] for every integer [k <= b]. *)
  Theorem relation_long b k z :
    (forall j, (j < m)%nat -> j <> q -> 0 < w j) ->
    (forall j, (j < m)%nat -> j <> q -> w j * b <= 1) ->
    1 < b -> integer k <= b -> mark_relation z -> (2 * (k + 1) <= l1 m z)%Z.
  Proof.
    intros Hpos Hw Hb Hk Hz.
    (* Either [z] or its opposite is negative at the query. *)
    assert (Hy : exists y, mark_relation y /\ (y q < 0)%Z /\ l1 m y = l1 m z).
    { destruct (Z_lt_le_dec (z q) 0) as [H|H]; [exists z; auto|].
      exists (opposite z). split; [apply relation_opposite; exact Hz|].
      split; [|apply opposite_l1]. destruct Hz as [_ [_ Hq]]. unfold opposite. lia. }
    clear Hz. destruct Hy as [y [[Hs [Ht _]] [Hq <-]]]. clear z.
    pose (pos := fun j => if Nat.eqb j q then 0%Z else Z.max (y j) 0).
    pose (neg := fun j => if Nat.eqb j q then 0%Z else Z.max (- y j) 0).
    set (P := zsum m pos). set (N := zsum m neg).
    assert (Hat : forall f : Z -> Z, zsum m (fun j => if Nat.eqb j q then f (y q) else 0)%Z = f (y q)).
    { intros f. rewrite (zsum_single m q), Nat.eqb_refl; auto.
      intros j _ Hj. apply Nat.eqb_neq in Hj. rewrite Hj. reflexivity. }
    assert (EP : (P = N - y q)%Z).
    { assert (E : (P - N + y q = 0)%Z); [|lia]. transitivity (zsum m y); [|exact Hs].
      rewrite <- (Hat (fun x => x)). unfold P, N. rewrite <- zsum_minus, <- zsum_plus. apply zsum_ext.
      intros j _.
      unfold pos, neg. destruct (Nat.eqb_spec j q) as [->|]; lia. }
    assert (El : (l1 m y = 2 * P)%Z).
    { assert (E : (l1 m y = P + N + - y q)%Z); [|lia].
      rewrite <- (Hat (fun x => - x)%Z). unfold P, N, l1. rewrite <- !zsum_plus.
      apply zsum_ext. intros j _. unfold pos, neg. destruct (Nat.eqb_spec j q) as [->|]; lia. }
    rewrite El. destruct (Z_le_gt_dec (k + 1) P) as [|C]; [lia|]. exfalso.
    (* What the others weigh. *)
    set (PW := fsum m (fun j => integer (pos j) * w j)).
    set (NW := fsum m (fun j => integer (neg j) * w j)).
    assert (EW : PW - NW == integer (- y q)).
    { assert (E : PW - NW + integer (y q) == 0).
      { rewrite <- Ht. unfold weight_total, PW, NW. rewrite <- fsum_minus.
        rewrite <- (fsum_delta m q (fun j => integer (y j)) q_token), <- fsum_plus.
        apply fsum_ext. intros j _. unfold pos, neg. destruct (Nat.eqb_spec j q) as [->|Hne].
        - rewrite fdelta_same, integer_0, w_query. ring.
        - rewrite fdelta_other by auto.
          replace (integer (y j)) with (integer (F := F) (Z.max (y j) 0 - Z.max (- y j) 0)) by (f_equal; lia).
          rewrite integer_sub. ring. }
      rewrite integer_opp. transitivity (PW - NW + integer (y q) - integer (y q)); [ring|].
      rewrite E. ring. }
    assert (Hpw : PW * b <= integer P).
    { unfold PW, P. rewrite integer_sum, <- fsum_scale_r. apply fsum_le. intros j Hj.
      unfold pos. destruct (Nat.eqb_spec j q) as [->|Hne].
      - rewrite integer_0. apply feq_fle. ring.
      - pose proof (fle_scale _ _ _ (integer_nonneg (F := F) (Z.max (y j) 0) ltac:(lia)) (Hw j Hj Hne)) as H.
        linear H. }
    assert (Hterm : forall j, (j < m)%nat -> 0 <= integer (neg j) * w j).
    { intros j Hj. unfold neg. destruct (Nat.eqb_spec j q) as [->|Hne].
      - rewrite integer_0. apply feq_fle. ring.
      - apply fle_mul; [apply integer_nonneg; lia | apply flt_fle; auto]. }
    assert (Hb0 : 0 < b).
    { intros C'. apply Hb. apply fle_trans with (1 := C'). apply fone_nonneg. }
    (* [P <= k <= b], so [PW <= 1], while the query takes at least 1. *)
    assert (Hpw1 : PW <= 1).
    { apply (fle_cancel b); [exact Hb0|].
      pose proof (fle_trans _ _ _ Hpw (fle_trans _ _ _ (integer_le (F := F) P k ltac:(lia)) Hk)) as H.
      linear H. }
    assert (Hnw : NW <= 0).
    { pose proof (integer_le (F := F) 1 (- y q) ltac:(lia)) as H. rewrite integer_1, <- EW in H.
      pose proof (fle_add2 _ _ _ _ Hpw1 H) as H2. linear H2. }
    assert (Hneg : forall j, (j < m)%nat -> neg j = 0%Z).
    { intros j Hj. destruct (Nat.eq_dec j q) as [->|Hne]; [unfold neg; rewrite Nat.eqb_refl; reflexivity|].
      pose proof (fsum_term_le m (fun j => integer (neg j) * w j) j Hj Hterm) as H.
      pose proof (fle_trans _ _ _ H Hnw) as H'.
      assert (Hnn : (0 <= neg j)%Z) by (unfold neg; destruct (Nat.eqb j q); lia).
      destruct (Z.eq_dec (neg j) 0) as [|Hne0]; [assumption|]. exfalso.
      apply (fmul_pos _ _ (integer_pos (F := F) (neg j) ltac:(lia)) (Hpos j Hj Hne)). exact H'. }
    assert (EN : N = 0%Z) by (apply zsum_zero; exact Hneg).
    assert (ENW : NW == 0).
    { unfold NW. apply fsum_zero. intros j Hj. rewrite (Hneg j Hj), integer_0. ring. }
    (* Without others to pay with, [P] copies weigh [P]. *)
    assert (EPW : PW == integer P).
    { replace P with (- y q)%Z by lia. rewrite <- EW, ENW. ring. }
    rewrite EPW in Hpw. apply Hb.
    apply (fle_cancel (integer P)); [apply integer_pos; lia|]. linear Hpw.
  Qed.

  (** T18: no collision below [floor(b) + 2]. *)
  Theorem attend_length_lower b k n :
    (forall j, (j < m)%nat -> j <> q -> 0 < w j) ->
    (forall j, (j < m)%nat -> j <> q -> w j * b <= 1) ->
    1 < b -> integer k <= b -> collision n -> (k + 2 <= n)%Z.
  Proof.
    intros Hpos Hw Hb Hk [c [c' [Hc [Hc' [E Hne]]]]].
    pose proof (relation_long b k _ Hpos Hw Hb Hk (collision_relation n c c' Hc Hc' E Hne)).
    pose proof (inputs_distance m n c c' q Hc Hc'). lia.
  Qed.

  (** ** Collisions of three tokens *)

  (** [x] copies of the query, [y] of [j]. *)
  Definition two_tokens (j : nat) (x y : Z) : nat -> Z :=
    fun l => ((if Nat.eqb l q then x else 0) + (if Nat.eqb l j then y else 0))%Z.

  Lemma two_tokens_sum j x y (f : nat -> F) :
    (j < m)%nat -> fsum m (fun l => integer (two_tokens j x y l) * f l) == integer x * f q + integer y * f j.
  Proof.
    intros Hj.
    rewrite (fsum_ext m _ (fun l => fdelta q l * (integer x * f l) + fdelta j l * (integer y * f l))).
    - rewrite fsum_plus, (fsum_delta m q (fun l => integer x * f l) q_token),
        (fsum_delta m j (fun l => integer y * f l) Hj). reflexivity.
    - intros l _. unfold two_tokens, fdelta. rewrite integer_add, (Nat.eqb_sym q l), (Nat.eqb_sym j l).
      destruct (Nat.eqb l q), (Nat.eqb l j); rewrite ?integer_0; ring.
  Qed.

  Lemma two_tokens_input j x y :
    (j < m)%nat -> j <> q -> (1 <= x)%Z -> (0 <= y)%Z -> input m (x + y) (two_tokens j x y) q.
  Proof.
    intros Hj Hne Hx Hy. split.
    - exact q_token.
    - intros l _. unfold two_tokens. destruct (Nat.eqb l q), (Nat.eqb l j); lia.
    - apply (integer_inj (F := F)). rewrite integer_sum.
      rewrite (fsum_ext m _ (fun l => integer (two_tokens j x y l) * 1)) by (intros; ring).
      rewrite (two_tokens_sum j x y (fun _ => 1) Hj), integer_add. ring.
    - unfold two_tokens. rewrite Nat.eqb_refl, (proj2 (Nat.eqb_neq q j)) by auto. lia.
  Qed.

  (** [P] copies of [j] against [Q] more of the query and [P - Q] of [k]. *)
  Lemma two_tokens_collision j k P Q n :
    (j < m)%nat -> (k < m)%nat -> j <> q -> k <> q -> (0 < Q)%Z -> (Q <= P)%Z -> (P + 1 <= n)%Z ->
    integer P * w j == integer Q + integer (P - Q) * w k -> collision n.
  Proof.
    intros Hj Hk Hjq Hkq HQ HPQ Hn E.
    exists (two_tokens j (n - P) P), (two_tokens k (n - P + Q) (P - Q)).
    pose proof (two_tokens_input j (n - P) P Hj Hjq ltac:(lia) ltac:(lia)) as H1.
    pose proof (two_tokens_input k (n - P + Q) (P - Q) Hk Hkq ltac:(lia) ltac:(lia)) as H2.
    replace (n - P + P)%Z with n in H1 by lia. replace (n - P + Q + (P - Q))%Z with n in H2 by lia.
    split; [exact H1|]. split; [exact H2|]. split.
    - unfold weight_total. rewrite !two_tokens_sum, w_query by assumption.
      rewrite E, integer_add. ring.
    - unfold two_tokens. rewrite Nat.eqb_refl, !(proj2 (Nat.eqb_neq q _)) by auto. lia.
  Qed.

  (** T18: [b] an integer, weights [1/b] and [1/b^2] present: exactly from [b + 2] on. *)
  Theorem attend_length_exact b j k n :
    (2 <= b)%Z ->
    (forall l, (l < m)%nat -> l <> q -> 0 < w l) ->
    (forall l, (l < m)%nat -> l <> q -> w l * integer b <= 1) ->
    (j < m)%nat -> j <> q -> w j * integer b == 1 ->
    (k < m)%nat -> k <> q -> w k * (integer b * integer b) == 1 ->
    collision n <-> (b + 2 <= n)%Z.
  Proof.
    intros Hb Hpos Hw Hj Hjq Ej Hk Hkq Ek.
    pose proof (fpos_neq _ (integer_pos (F := F) b ltac:(lia))) as Hb0. split.
    - apply (attend_length_lower (integer b) b n Hpos Hw); [|apply fle_refl].
      rewrite <- integer_1. intros H. apply integer_le_inv in H. lia.
    - intros Hn. apply (two_tokens_collision j k (b + 1) 1 n); auto; try lia.
      replace (b + 1 - 1)%Z with b by lia. rewrite integer_add, integer_1.
      apply (fmul_cancel (integer b)); [exact Hb0|].
      transitivity ((integer b + 1) * (w j * integer b)); [ring|]. rewrite Ej.
      transitivity (integer b + w k * (integer b * integer b)); [rewrite Ek; ring | ring].
  Qed.

  (** ** One gap, two gaps *)

  (** T18: with one weight for all other tokens the head always tells the counts apart. *)
  Theorem one_gap v n :
    (forall j, (j < m)%nat -> j <> q -> w j == v) -> ~ v == 1 -> ~ collision n.
  Proof.
    intros Hv H1 [c [c' [Hc [Hc' [E Hne]]]]].
    destruct (collision_relation n c c' Hc Hc' E Hne) as [Hs [Hw Hq]]. apply Hq.
    set (z := difference c c') in *.
    assert (E2 : (1 - v) * integer (z q) == 0).
    { transitivity (weight_total z - v * integer (zsum m z)).
      - unfold weight_total. rewrite integer_sum, <- fsum_scale, <- fsum_minus.
        rewrite (fsum_ext m _ (fun j => fdelta q j * ((1 - v) * integer (z j)))).
        + rewrite (fsum_delta m q (fun j => (1 - v) * integer (z j)) q_token). reflexivity.
        + intros j Hj. destruct (Nat.eq_dec j q) as [->|Hjq].
          * rewrite fdelta_same, w_query. ring.
          * rewrite fdelta_other, (Hv j Hj Hjq) by auto. ring.
      - rewrite Hw, Hs, integer_0. ring. }
    apply (integer_inj (F := F)). rewrite integer_0. apply (fmul_eq_0 (1 - v)); [exact E2|].
    intros C. apply H1. transitivity (1 - (1 - v)); [ring|]. rewrite C. ring.
  Qed.

  (** T18: two values, [near] marking the tokens of the larger one. *)
  Theorem two_gaps v1 v2 (near : nat -> bool) P Q j k n :
    (forall l, (l < m)%nat -> l <> q -> w l == if near l then v1 else v2) ->
    near q = false -> v1 < 1 -> v2 < v1 ->
    (0 < Q)%Z -> (0 < P)%Z -> rel_prime P Q -> integer Q * (1 - v2) == integer P * (v1 - v2) ->
    (j < m)%nat -> j <> q -> near j = true -> (k < m)%nat -> k <> q -> near k = false ->
    collision n <-> (1 + P <= n)%Z.
  Proof.
    intros Hv Hnear H1 H2 HQ HP Hprime E Hj Hjq Nj Hk Hkq Nk.
    assert (Hd : 0 < v1 - v2) by (intros C; apply H2; linear C).
    split.
    - intros [c [c' [Hc [Hc' [Ec Hne]]]]].
      destruct (collision_relation n c c' Hc Hc' Ec Hne) as [Hs [Hw Hq]].
      set (z := difference c c') in *.
      set (x := zsum m (fun l => if near l then z l else 0)%Z).
      assert (Ex : (1 - v2) * integer (z q) + (v1 - v2) * integer x == 0).
      { transitivity (weight_total z - v2 * integer (zsum m z)).
        - unfold weight_total, x. rewrite !integer_sum, <- !fsum_scale, <- fsum_minus.
          rewrite <- (fsum_delta m q (fun l => (1 - v2) * integer (z l)) q_token), <- fsum_plus.
          apply fsum_ext. intros l Hl. destruct (Nat.eq_dec l q) as [->|Hlq].
          + rewrite fdelta_same, w_query, Hnear, integer_0. ring.
          + rewrite fdelta_other, (Hv l Hl Hlq) by auto.
            destruct (near l); rewrite ?integer_0; ring.
        - rewrite Hw, Hs, integer_0. ring. }
      assert (Ez : (Q * x = - (P * z q))%Z).
      { assert (Ez : (Q * x + P * z q = 0)%Z); [|lia].
        apply (integer_inj (F := F)). rewrite integer_0, integer_add, !integer_mul.
        apply (fmul_eq_0 (v1 - v2)); [|apply fpos_neq; exact Hd].
        transitivity (integer Q * ((v1 - v2) * integer x) + integer P * (v1 - v2) * integer (z q)); [ring|].
        rewrite <- E. transitivity (integer Q * ((1 - v2) * integer (z q) + (v1 - v2) * integer x)); [ring|].
        rewrite Ex. ring. }
      assert (Hdiv : (P | x)%Z).
      { apply (Gauss P Q x); [|exact Hprime]. exists (- z q)%Z. lia. }
      assert (Hx : (P <= Z.abs x)%Z).
      { destruct Hdiv as [t Ht]. assert (t <> 0%Z) by (intros ->; nia). subst x. rewrite Ht, Z.abs_mul. nia. }
      pose proof (l1_part m z near Hs) as Hl. fold x in Hl.
      pose proof (inputs_distance m n c c' q Hc Hc') as Hn. fold z in Hn. lia.
    - intros Hn.
      assert (HPQ : (Q <= P)%Z).
      { apply (integer_le_inv (F := F)). apply (fle_cancel (v1 - v2)); [exact Hd|].
        apply fle_trans with (integer Q * (1 - v2)).
        - pose proof (fle_scale _ _ _ (integer_nonneg (F := F) Q ltac:(lia)) (flt_fle _ _ H1)) as H.
          linear H.
        - rewrite E. apply feq_fle. ring. }
      apply (two_tokens_collision j k P Q n Hj Hk Hjq Hkq HQ HPQ); [lia|].
      rewrite (Hv j Hj Hjq), (Hv k Hk Hkq), Nj, Nk, integer_sub.
      transitivity (integer P * (v1 - v2) + integer P * v2); [ring|]. rewrite <- E. ring.
  Qed.
End AttendLength.

Arguments collision {F}. Arguments weight_total {F}.

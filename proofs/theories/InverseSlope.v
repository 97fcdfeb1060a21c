(** * T6: how steep a network must be that inverts

    Statement.  Let [N(x) = alpha x + beta + sum_{i<W} a_i ReLU(w_i x + b_i)] and
    [|N(1/k) - k| <= eps] for [k = 1 .. n].  Then for all [1 <= j < k <= n]
      [|alpha| + sum_i |a_i w_i| >= (k - j - 2 eps) j k / (k - j)].
    With [alpha = 0], [eps = 1/2], [k = n] this is [sum_i |a_i w_i| >=
    (j - 1)(n - j) n / j] for all [1 <= j < n] (substitute [n - j] for [j]), which at
    [n = s^2], [j = s] is [n (sqrt n - 1)^2].  So if all [|a_i w_i| <= 1] the width is
    at least that: the sense in which about [n^2] units are necessary.

    Source: ours.  The reason: [N] is Lipschitz with the constant on the left, and
    between [1/k] and [1/j] it has to rise by [k - j - 2 eps].  What is proved is
    the lower bound [P_min]; that it is attained is left to certificates. *)

From Coq Require Import Arith Lia ZArith QArith Qabs Qfield Lqa.
From Counterproof Require Import Sums Vectors InverseWidth.

Local Open Scope Q_scope.

(** The total slope of the hidden units, [sum |a_i w_i|]. *)
Definition total_slope (N : network) : Q :=
  qsum (width N) (fun i => Qabs (out_weight N i * in_weight N i)).

(** A rectified line rises by at most its slope. *)
Lemma relu_lipschitz a b : Qabs (relu a - relu b) <= Qabs (a - b).
Proof.
  destruct (Qlt_le_dec a 0) as [Ha|Ha]; destruct (Qlt_le_dec b 0) as [Hb|Hb].
  - rewrite !relu_neg by lra. apply Qabs_case; intros; apply Qabs_case; intros; lra.
  - rewrite (relu_neg a), (relu_pos b) by lra.
    apply Qabs_case; intros; apply Qabs_case; intros; lra.
  - rewrite (relu_pos a), (relu_neg b) by lra.
    apply Qabs_case; intros; apply Qabs_case; intros; lra.
  - rewrite !relu_pos by lra. apply Qle_refl.
Qed.

Lemma qsum_abs n f : Qabs (qsum n f) <= qsum n (fun i => Qabs (f i)).
Proof.
  induction n as [|n IH]; [apply Qle_refl|]. cbn [sum].
  apply Qle_trans with (Qabs (qsum n f) + Qabs (f n)); [apply Qabs_triangle | lra].
Qed.

(** The network is Lipschitz. *)
Lemma network_lipschitz N x y :
  Qabs (eval N x - eval N y) <= (Qabs (alpha N) + total_slope N) * Qabs (x - y).
Proof.
  set (u := fun i z => relu (unit_line N i z)).
  assert (E : eval N x - eval N y
    == alpha N * (x - y) + qsum (width N) (fun i => out_weight N i * (u i x - u i y))).
  { rewrite (qsum_ext (width N) _ (fun i => out_weight N i * u i x - out_weight N i * u i y))
      by (intros; ring).
    rewrite qsum_minus. unfold eval, u. ring. }
  rewrite E. eapply Qle_trans; [apply Qabs_triangle|].
  rewrite Qabs_Qmult, Qmult_plus_distr_l. apply Qplus_le_compat; [apply Qle_refl|].
  eapply Qle_trans; [apply qsum_abs|].
  unfold total_slope. rewrite Qmult_comm, <- qsum_scale.
  apply qsum_le. intros i _. unfold u, unit_line.
  rewrite !Qabs_Qmult, (Qmult_comm (Qabs (x - y))), <- Qmult_assoc, !(Qmult_comm (Qabs (out_weight N i))).
  apply Qmult_le_compat_r; [|apply Qabs_nonneg].
  eapply Qle_trans; [apply relu_lipschitz|].
  rewrite <- Qabs_Qmult.
  setoid_replace (in_weight N i * x + bias N i - (in_weight N i * y + bias N i))
    with (in_weight N i * (x - y)) by ring.
  apply Qle_refl.
Qed.

(** T6, slope: what the points [j] and [k] demand. *)
Theorem inverse_slope n eps N j k :
  inverts n eps N -> (1 <= j)%Z -> (j < k)%Z -> (k <= n)%Z ->
  (inject_Z (k - j) - 2 * eps) * (inject_Z j * inject_Z k) / inject_Z (k - j)
  <= Qabs (alpha N) + total_slope N.
Proof.
  intros H Hj Hjk Hk.
  destruct (H j ltac:(lia)) as [Aj _]. destruct (H k ltac:(lia)) as [_ Bk].
  pose proof (network_lipschitz N (/ inject_Z k) (/ inject_Z j)) as L.
  pose proof (inverse_lt j k Hj Hjk) as Hx.
  pose proof (inject_pos j Hj) as Pj. pose proof (inject_pos k ltac:(lia)) as Pk.
  assert (Hd : inject_Z (k - j) == inject_Z k - inject_Z j)
    by (unfold Z.sub; rewrite inject_Z_plus, inject_Z_opp; ring).
  assert (Hlt : inject_Z j < inject_Z k) by (rewrite <- Zlt_Qlt; exact Hjk).
  destruct (H k ltac:(lia)) as [Ak _]. destruct (H j ltac:(lia)) as [_ Bj].
  rewrite (Qabs_neg (/ inject_Z k - / inject_Z j)) in L by lra.
  set (P := Qabs (alpha N) + total_slope N) in *.
  assert (L' : inject_Z k - inject_Z j - 2 * eps <= P * - (/ inject_Z k - / inject_Z j)).
  { eapply Qle_trans; [|exact L]. eapply Qle_trans; [|apply Qle_Qabs]. lra. }
  rewrite Hd. apply Qle_shift_div_r; [lra|].
  apply (Qmult_le_compat_r _ _ (inject_Z j * inject_Z k)) in L'; [|nra].
  eapply Qle_trans; [exact L'|].
  setoid_replace (P * - (/ inject_Z k - / inject_Z j) * (inject_Z j * inject_Z k))
    with (P * (inject_Z k - inject_Z j)) by (field; lra).
  apply Qle_refl.
Qed.

(** The form of the table: [eps = 1/2], [alpha = 0]. *)
Theorem inverse_slope_half n N j :
  inverts n (1#2) N -> alpha N == 0 -> (1 <= j)%Z -> (j < n)%Z ->
  inject_Z (j - 1) * inject_Z (n - j) * inject_Z n / inject_Z j <= total_slope N.
Proof.
  intros H Ha Hj Hjn.
  pose proof (inverse_slope n (1#2) N (n - j) n H ltac:(lia) ltac:(lia) ltac:(lia)) as L.
  rewrite Ha in L. replace (n - (n - j))%Z with j in L by ring.
  eapply Qle_trans; [|eapply Qle_trans; [exact L|]].
  - unfold Z.sub. rewrite !inject_Z_plus, !inject_Z_opp. unfold Qdiv.
    rewrite <- !Qmult_assoc. apply Qle_lteq. right. change (inject_Z 1) with 1. ring.
  - change (Qabs 0) with 0. lra.
Qed.

(** At squares: [P_min(s^2, 1/2) >= s^2 (s - 1)^2]. *)
Theorem inverse_slope_square s N :
  inverts (s * s) (1#2) N -> alpha N == 0 -> (2 <= s)%Z ->
  inject_Z (s * s * ((s - 1) * (s - 1))) <= total_slope N.
Proof.
  intros H Ha Hs.
  pose proof (inverse_slope_half (s * s) N s H Ha ltac:(lia) ltac:(nia)) as L.
  pose proof (inject_pos s ltac:(lia)) as Ps.
  eapply Qle_trans; [|exact L].
  unfold Z.sub. rewrite !inject_Z_mult, !inject_Z_plus, !inject_Z_opp, !inject_Z_mult.
  change (inject_Z 1) with 1. apply Qle_lteq. right. field. lra.
Qed.

(** With bounded units the slope bound is a bound on the width. *)
Lemma total_slope_width N b :
  (forall i, (i < width N)%nat -> Qabs (out_weight N i * in_weight N i) <= b) ->
  total_slope N <= inject_Z (Z.of_nat (width N)) * b.
Proof.
  intros H. unfold total_slope. rewrite <- qsum_const. apply qsum_le. exact H.
Qed.

(** T6: if every [|a_i w_i| <= 1] then [W >= (j - 1)(n - j) n / j]. *)
Theorem inverse_width_bounded n N j :
  inverts n (1#2) N -> alpha N == 0 ->
  (forall i, (i < width N)%nat -> Qabs (out_weight N i * in_weight N i) <= 1) ->
  (1 <= j)%Z -> (j < n)%Z ->
  inject_Z (j - 1) * inject_Z (n - j) * inject_Z n / inject_Z j
  <= inject_Z (Z.of_nat (width N)).
Proof.
  intros H Ha Hb Hj Hjn.
  eapply Qle_trans; [apply (inverse_slope_half n N j); assumption|].
  rewrite <- (Qmult_1_r (inject_Z (Z.of_nat (width N)))). apply total_slope_width. exact Hb.
Qed.

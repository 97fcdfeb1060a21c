(** * T3: counting the query by attending to it

    Statement.  Fix the query [q].  Token [j] has the integer score [s_j], and every
    other token falls short of the query by a gap, [s_j + g <= s_q].  One coordinate
    marks the last position.  With softmax weights of base [B > 1] the head reads from
    it [x = B^(s_q) / sum_j c_j B^(s_j) = 1 / (c_q + delta)] with
    [0 <= delta <= (n - c_q) B^(-g)].  A network [N] with [|N(1/k) - k| <= eps] for
    [k = 1 .. n] then answers [N(x)] within [eps + P n B^(-g)], [P] its total slope, so
    correctly when that is below [1/2]; and for [eps < 1/2], [g >= 1] some [B] does it.

    Source: Yehudai et al., arXiv:2407.15160v3, for the construction; the explicit
    error is ours.  Not proved here: that sign vectors with such a gap exist in
    [d = O(log m)] dimensions, and the least [B] or the least width, which are
    decided exactly at given sizes. *)

From Coq Require Import Arith Lia ZArith QArith Qabs Qpower Qround Qfield Lqa.
From Counterproof Require Import Sums Vectors InverseWidth InverseSlope.

Local Open Scope Q_scope.

Section CountAttend.
  Variables (m : nat) (n : Z) (c : nat -> Z) (q : nat).
  Hypothesis c_input : input m n c q.

  Variables (B : Q) (s : nat -> Z) (g : Z).
  Hypothesis B_large : 1 < B.
  Hypothesis g_nonneg : (0 <= g)%Z.
  Hypothesis gap : forall j, (j < m)%nat -> j <> q -> (s j + g <= s q)%Z.

  (** The softmax denominator, and what the head reads from the mark. *)
  Definition softmax_total : Q := qsum m (fun j => inject_Z (c j) * B ^ s j).
  Definition mark_read : Q := B ^ s q / softmax_total.

  Lemma weight_pos z : 0 < B ^ z.
  Proof. apply Qpower_0_lt. lra. Qed.

  Lemma total_lower : inject_Z (c q) * B ^ s q <= softmax_total.
  Proof.
    apply (qsum_term_le m (fun j => inject_Z (c j) * B ^ s j) q (input_query _ _ _ _ c_input)).
    intros j Hj. apply Qmult_le_0_compat.
    - change 0 with (inject_Z 0). rewrite <- Zle_Qle. apply (input_nonneg _ _ _ _ c_input). exact Hj.
    - apply Qlt_le_weak, weight_pos.
  Qed.

  Lemma total_upper :
    softmax_total <= B ^ s q * (inject_Z (c q) + (inject_Z n - inject_Z (c q)) * B ^ (- g)).
  Proof.
    set (far := B ^ s q * B ^ (- g)).
    assert (E : B ^ s q * (inject_Z (c q) + (inject_Z n - inject_Z (c q)) * B ^ (- g))
      == qsum m (fun j => inject_Z (c j) * far + inject_Z (c q) * (B ^ s q - far) * delta j q)).
    { rewrite qsum_plus, (qsum_scale m (inject_Z (c q) * (B ^ s q - far))).
      rewrite (qsum_single m q (fun j => delta j q) (input_query _ _ _ _ c_input))
        by (intros j _ Hj; rewrite delta_other by exact Hj; reflexivity).
      rewrite delta_same.
      rewrite (qsum_ext m (fun j => inject_Z (c j) * far) (fun j => far * inject_Z (c j)))
        by (intros; ring).
      rewrite qsum_scale, <- inject_zsum, (input_sum _ _ _ _ c_input). unfold far. ring. }
    rewrite E. apply qsum_le. intros j Hj. destruct (Nat.eq_dec j q) as [->|Hne].
    - rewrite delta_same. lra.
    - rewrite delta_other by exact Hne.
      assert (Hc : 0 <= inject_Z (c j)).
      { change 0 with (inject_Z 0). rewrite <- Zle_Qle. apply (input_nonneg _ _ _ _ c_input). exact Hj. }
      assert (Hw : B ^ s j <= far).
      { unfold far. rewrite <- Qpower_plus by lra. apply Qpower_le_compat_l; [|lra].
        specialize (gap j Hj Hne). lia. }
      rewrite Qmult_0_r, Qplus_0_r, !(Qmult_comm (inject_Z (c j))).
      apply Qmult_le_compat_r; assumption.
  Qed.

  (** What the head reads is the inverse of the count, a little too small. *)
  Theorem count_attend_read :
    exists delta, 0 <= delta /\ delta <= (inject_Z n - inject_Z (c q)) * B ^ (- g) /\
      mark_read == / (inject_Z (c q) + delta).
  Proof.
    pose proof (weight_pos (s q)) as HP. pose proof total_lower as HL. pose proof total_upper as HU.
    assert (Hc : 1 <= inject_Z (c q))
      by (change 1 with (inject_Z 1); rewrite <- Zle_Qle; apply (input_present _ _ _ _ c_input)).
    set (P := B ^ s q) in *. set (D := softmax_total) in *.
    assert (HD : 0 < D).
    { apply Qlt_le_trans with (inject_Z (c q) * P); [|exact HL].
      apply Qmult_lt_0_compat; lra. }
    exists (D / P - inject_Z (c q)). split; [|split].
    - apply (Qle_minus_iff (inject_Z (c q))). apply Qle_shift_div_l; assumption.
    - assert (H : D / P <= inject_Z (c q) + (inject_Z n - inject_Z (c q)) * B ^ (- g)); [|lra].
      apply Qle_shift_div_r; [exact HP|]. rewrite Qmult_comm. exact HU.
    - unfold mark_read. fold P D.
      setoid_replace (inject_Z (c q) + (D / P - inject_Z (c q))) with (D / P) by ring.
      field. split; lra.
  Qed.

  (** T3: the network's answer, with its error. *)
  Theorem qc_count_attend N eps :
    inverts n eps N ->
    Qabs (eval N mark_read - inject_Z (c q))
    <= eps + (Qabs (alpha N) + total_slope N) * (inject_Z n * B ^ (- g)).
  Proof.
    intros HN. destruct count_attend_read as [delta [D0 [D1 E]]].
    pose proof (input_present _ _ _ _ c_input) as Hc1.
    assert (Hc : 1 <= inject_Z (c q)) by (change 1 with (inject_Z 1); rewrite <- Zle_Qle; exact Hc1).
    assert (Hcn : (c q <= n)%Z).
    { rewrite <- (input_sum _ _ _ _ c_input).
      apply zsum_term_le; [apply (input_query _ _ _ _ c_input) | apply (input_nonneg _ _ _ _ c_input)]. }
    destruct (HN (c q) ltac:(lia)) as [A1 A2].
    set (k := inject_Z (c q)) in *. set (L := Qabs (alpha N) + total_slope N).
    assert (HL : 0 <= L).
    { unfold L, total_slope. pose proof (Qabs_nonneg (alpha N)).
      pose proof (qsum_nonneg (width N) (fun i => Qabs (out_weight N i * in_weight N i))
                    ltac:(intros; apply Qabs_nonneg)). lra. }
    pose proof (network_lipschitz N mark_read (/ k)) as Hlip. fold L in Hlip.
    assert (Hx : Qabs (mark_read - / k) <= inject_Z n * B ^ (- g)).
    { apply Qle_trans with delta.
      - rewrite E.
        assert (Hd : / k - / (k + delta) == delta / (k * (k + delta))) by (field; lra).
        assert (Hkk : 1 <= k * (k + delta)) by nra.
        assert (Hlo : 0 <= delta / (k * (k + delta))) by (apply Qle_shift_div_l; lra).
        assert (Hhi : delta / (k * (k + delta)) <= delta) by (apply Qle_shift_div_r; nra).
        apply Qabs_case; intros _; lra.
      - pose proof (weight_pos (- g)) as Hw. apply Qle_trans with (1 := D1).
        apply Qmult_le_compat_r; lra. }
    assert (Hlip' : Qabs (eval N mark_read - eval N (/ k)) <= L * (inject_Z n * B ^ (- g))).
    { apply Qle_trans with (1 := Hlip). rewrite !(Qmult_comm L).
      apply Qmult_le_compat_r; assumption. }
    setoid_replace (eval N mark_read - k)
      with ((eval N mark_read - eval N (/ k)) + (eval N (/ k) - k)) by ring.
    eapply Qle_trans; [apply Qabs_triangle|].
    assert (Ha : Qabs (eval N (/ k) - k) <= eps) by (apply Qabs_case; intros _; lra).
    lra.
  Qed.
End CountAttend.

(** T3: for every network within [eps < 1/2] there is a base that makes the model right
    on all inputs of length [n], whatever the tokens and their gaps [g >= 1]. *)
Theorem count_attend_base n N eps :
  inverts n eps N -> eps < 1 # 2 -> (1 <= n)%Z ->
  exists B, 1 < B /\ forall m c q s g,
    input m n c q -> (1 <= g)%Z -> (forall j, (j < m)%nat -> j <> q -> (s j + g <= s q)%Z) ->
    Qabs (eval N (mark_read m c q B s) - inject_Z (c q)) < 1 # 2.
Proof.
  intros HN Heps Hn.
  set (L := Qabs (alpha N) + total_slope N).
  assert (HL : 0 <= L).
  { unfold L, total_slope. pose proof (Qabs_nonneg (alpha N)).
    pose proof (qsum_nonneg (width N) (fun i => Qabs (out_weight N i * in_weight N i))
                  ltac:(intros; apply Qabs_nonneg)). lra. }
  pose proof (inject_pos n Hn) as Pn. set (room := (1 # 2) - eps).
  assert (Hroom : 0 < room) by (unfold room; lra).
  set (B := 2 + L * inject_Z n / room).
  assert (Hq : 0 <= L * inject_Z n / room).
  { apply Qle_shift_div_l; [exact Hroom|]. rewrite Qmult_0_l.
    apply Qmult_le_0_compat; lra. }
  assert (HB : 1 < B) by (unfold B; lra).
  exists B. split; [exact HB|]. intros m c q s g Hin Hg Hgap.
  eapply Qle_lt_trans; [apply (qc_count_attend m n c q Hin B s g HB Hgap N eps HN)|].
  fold L.
  assert (Hw : B ^ (- g) <= / B).
  { setoid_replace (/ B) with (B ^ (- 1)) by reflexivity. apply Qpower_le_compat_l; [lia | lra]. }
  assert (Hsmall : L * (inject_Z n * B ^ (- g)) < room); [|unfold room in Hsmall; lra].
  apply Qle_lt_trans with (L * inject_Z n * / B).
  - rewrite Qmult_assoc, !(Qmult_comm (L * inject_Z n)). apply Qmult_le_compat_r; [exact Hw|].
    apply Qmult_le_0_compat; lra.
  - apply Qlt_shift_div_r; [lra|].
    assert (E : room * B == 2 * room + L * inject_Z n) by (unfold B; field; lra).
    rewrite E. lra.
Qed.

(** The head itself: softmax over the positions of [x_0 .. x_n], value 1 at the last one
    and 0 before, reads [mark_read] of the count vector. *)
Theorem mark_read_sequence m n x B s :
  (forall i, (i <= n)%nat -> (x i < m)%nat) ->
  qsum (S n) (fun i => B ^ s (x i) * delta i n) / qsum (S n) (fun i => B ^ s (x i))
  == mark_read m (count (S n) x) (x n) B s.
Proof.
  intros Hx. unfold mark_read, softmax_total.
  rewrite <- (sum_over_tokens m (S n) x (fun j => B ^ s j)) by (intros; apply Hx; lia).
  rewrite (qsum_single (S n) n (fun i => B ^ s (x i) * delta i n)).
  - rewrite delta_same, Qmult_1_r. reflexivity.
  - lia.
  - intros i _ Hi. rewrite delta_other by exact Hi. ring.
Qed.

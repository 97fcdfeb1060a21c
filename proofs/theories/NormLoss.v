(** * T17: what norms lose for every embedding

    Statement.  Uniform attention, state [r = v_q + (w/n) sum_j c_j v_j] in [d] dimensions, any
    embedding of [m] tokens.
    - [d < m]: from some length on no function of the query and of [r - mean r] solves QC or
      MFE, so no MLP behind layer norm does, whatever its [eps].
    - [d <= m]: at arbitrarily large lengths none does behind layer norm with [eps = 0], where
      [r - mean r] is known up to a positive factor ([w = 1]).
    - [d < m]: the same behind RMS norm with [eps = 0], where [r] is.

    Source: ours.  [d - 1] coordinates determine a centred vector, so [m] of them have an
    integer vector [z] that they send to 0 already for [d = m].  Let [s] be its sum.  [s = 0] is
    a collision (T7).  If [s > 0], [c' = N s (1, .., 1)] and
    [c = (N + 1) s (1, .., 1) + m s e_q - 2m z] have the same length, and their states the ratio
    [(N + 1) / N]. *)

From Coq Require Import Setoid Arith Lia ZArith QArith Qfield Lqa.
From Counterproof Require Import Sums Vectors NoPosition UniformCollision Kernel OrderedField LayerNorm.

Local Open Scope Q_scope.

Notation qcentred := (centred (F := rationals)).

(** Positive multiples of each other: what a norm with [eps = 0] makes equal. *)
Definition same_up_to_scale (d : nat) (r r' : nat -> Q) : Prop :=
  exists l, 0 < l /\ forall t, (t < d)%nat -> r t == l * r' t.

(** Readers of query and state behind layer norm with any [eps], behind layer norm with
    [eps = 0] ([layer_norm_affine_equal]) and behind RMS norm with [eps = 0]
    ([rms_norm_multiple]). *)
Definition reads_centred (d : nat) (f : nat -> (nat -> Q) -> Q) : Prop :=
  forall q r r', same_state d (qcentred d r) (qcentred d r') -> f q r == f q r'.
Definition reads_layer_norm (d : nat) (f : nat -> (nat -> Q) -> Q) : Prop :=
  forall q r r', same_up_to_scale d (qcentred d r) (qcentred d r') -> f q r == f q r'.
Definition reads_rms_norm (d : nat) (f : nat -> (nat -> Q) -> Q) : Prop :=
  forall q r r', same_up_to_scale d r r' -> f q r == f q r'.

Lemma centred_residual d w m n v c q t :
  qcentred d (residual w m n v c q) t == residual w m n (fun j => qcentred d (v j)) c q t.
Proof.
  unfold centred, mean, residual.
  set (k := integer (F := rationals) (Z.of_nat d) : Q).
  change (v q t + w * qsum m (fun l => frequency n c l * v l t)
          - qsum d (fun s => v q s + w * qsum m (fun l => frequency n c l * v l s)) * / k
          == v q t - qsum d (v q) * / k
             + w * qsum m (fun l => frequency n c l * (v l t - qsum d (v l) * / k))).
  rewrite qsum_plus, qsum_scale, qsum_swap.
  rewrite (qsum_ext m (fun l => frequency n c l * (v l t - qsum d (v l) * / k))
    (fun l => frequency n c l * v l t - / k * qsum d (fun s => frequency n c l * v l s))).
  - rewrite qsum_minus, qsum_scale. ring.
  - intros l _. rewrite qsum_scale. ring.
Qed.

(** The coordinates of a centred vector add up to 0. *)
Lemma centred_sum d (x : nat -> Q) : (1 <= d)%nat -> qsum d (qcentred d x) == 0.
Proof.
  intros Hd. unfold centred, mean.
  assert (Hk : ~ inject_Z (Z.of_nat d) == 0).
  { pose proof (inject_pos (Z.of_nat d) ltac:(lia)). lra. }
  change (qsum d (fun t => x t - qsum d x * / integer (F := rationals) (Z.of_nat d)) == 0).
  rewrite qsum_minus, qsum_const, rational_integer. field. exact Hk.
Qed.

(** The last coordinate of centred vectors follows from the others. *)
Lemma centred_kernel d m v (z : nat -> Z) :
  (1 <= d)%nat ->
  (forall t, (t < d - 1)%nat -> qsum m (fun j => inject_Z (z j) * qcentred d (v j) t) == 0) ->
  forall t, (t < d)%nat -> qsum m (fun j => inject_Z (z j) * qcentred d (v j) t) == 0.
Proof.
  intros Hd H.
  assert (E : qsum d (fun t => qsum m (fun j => inject_Z (z j) * qcentred d (v j) t)) == 0).
  { rewrite qsum_swap. apply qsum_zero. intros j _. rewrite qsum_scale, centred_sum by exact Hd. ring. }
  intros t Ht. destruct (Nat.eq_dec t (d - 1)) as [->|Hne]; [|apply H; lia].
  rewrite (qsum_single d (d - 1)) in E; [exact E | lia|]. intros i Hi Hne. apply H. lia.
Qed.

(** T17: with [d < m] layer norm, whatever its [eps], makes QC and MFE unsolvable from some
    length on. *)
Theorem layer_norm_too_few d m v w :
  (1 <= d)%nat -> (d < m)%nat -> ~ w == 0 ->
  exists n0, forall n f, (n0 <= n)%Z -> reads_centred d f ->
    ~ solves m v w n f (fun c q => c q) /\ ~ solves m v w n f (fun c _ => largest m c).
Proof.
  intros Hd Hm Hw. set (u := fun j => qcentred d (v j)).
  destruct (relation_exists (d - 1) m u ltac:(lia)) as [z [[Hz Hs] Hne]].
  assert (Hrel : relation d m u z) by (split; [apply centred_kernel; assumption | exact Hs]).
  exists (l1 m z + 1)%Z. intros n f Hn Hf.
  assert (H0 : (0 <= l1 m z)%Z) by (apply zsum_nonneg; intros; lia).
  destruct (uniform_collision d m u w Hw n z Hrel Hne ltac:(lia))
    as [q [c [c' [Hc [Hc' [Hstate [Hq Hmax]]]]]]].
  assert (E : f q (residual w m n v c q) == f q (residual w m n v c' q)).
  { apply Hf. intros t Ht. rewrite !centred_residual. apply Hstate. exact Ht. }
  split; intros Hsol; destruct (Hsol c q Hc) as [A1 A2], (Hsol c' q Hc') as [B1 B2];
    rewrite <- E in B1, B2; pose proof (within_half_unique _ _ _ (conj A1 A2) (conj B1 B2)); lia.
Qed.

(** ** Collisions up to scale *)

Lemma some_or_all (P : nat -> Prop) (P_dec : forall i, {P i} + {~ P i}) k :
  (exists i, (i < k)%nat /\ ~ P i) \/ (forall i, (i < k)%nat -> P i).
Proof.
  induction k as [|k [[i [Hi H]]|IH]]; [right; intros; lia | left; exists i; split; [lia | exact H]|].
  destruct (P_dec k) as [H|H]; [right | left; exists k; split; [lia | exact H]].
  intros i Hi. destruct (Nat.eq_dec i k) as [->|]; [exact H | apply IH; lia].
Qed.

(** A vector that the embeddings send to 0, of whatever sum, makes two states
    multiples of each other, at arbitrarily large lengths. *)
Lemma scaled_collision d m u z n0 :
  (2 <= m)%nat -> (forall t, (t < d)%nat -> qsum m (fun j => inject_Z (z j) * u j t) == 0) ->
  nonzero m z ->
  exists n c c' q, (n0 <= n)%Z /\ input m n c q /\ input m n c' q /\
    same_up_to_scale d (residual 1 m n u c q) (residual 1 m n u c' q) /\
    c q <> c' q /\ largest m c <> largest m c'.
Proof.
  intros Hm Hz Hne. assert (H0 : (0 <= l1 m z)%Z) by (apply zsum_nonneg; intros; lia).
  destruct (Z.eq_dec (zsum m z) 0) as [Hs|Hs].
  - (* A relation: the states are equal. *)
    destruct (uniform_collision d m u 1 ltac:(lra) (Z.max n0 (l1 m z + 1)) z (conj Hz Hs) Hne ltac:(lia))
      as [q [c [c' [Hc [Hc' [Hstate [Hq Hmax]]]]]]].
    exists (Z.max n0 (l1 m z + 1)), c, c', q. split; [lia|]. split; [exact Hc|]. split; [exact Hc'|].
    split; [|lia]. exists 1. split; [lra|]. intros t Ht. rewrite (Hstate t Ht). ring.
  - (* Otherwise take the sum positive. *)
    assert (Hy : exists y, (forall t, (t < d)%nat -> qsum m (fun j => inject_Z (y j) * u j t) == 0)
                           /\ (0 < zsum m y)%Z).
    { destruct (Z_lt_le_dec 0 (zsum m z)) as [H|H]; [exists z; auto|].
      exists (opposite z). split.
      - intros t Ht. rewrite (qsum_ext m _ (fun j => - (inject_Z (z j) * u j t))).
        + rewrite qsum_opp, Hz by exact Ht. reflexivity.
        + intros j _. unfold opposite. rewrite inject_Z_opp. ring.
      - unfold opposite. rewrite zsum_opp. lia. }
    clear z Hz Hne H0 Hs. destruct Hy as [z [Hz Hs]]. set (sg := zsum m z) in *. set (M := Z.of_nat m).
    assert (HM : (2 <= M)%Z) by (unfold M; lia).
    (* A query whose count will differ. *)
    assert (Hq : exists q, (q < m)%nat /\ (2 * M * z q <> (M + 1) * sg)%Z).
    { destruct (some_or_all (fun q => (2 * M * z q = (M + 1) * sg)%Z) ltac:(intros; apply Z.eq_dec) m)
        as [[q [Hq H]]|H]; [exists q; auto|]. exfalso.
      assert (E : zsum m (fun q => (2 * M * z q)%Z) = zsum m (fun _ => ((M + 1) * sg)%Z))
        by (apply zsum_ext; exact H).
      rewrite zsum_scale in E. fold sg in E.
      assert (Ec : forall a, zsum m (fun _ => a) = (M * a)%Z).
      { intros a. unfold M. clear. induction m as [|k IH]; [reflexivity|]. cbn [sum]. lia. }
      rewrite Ec in E. nia. }
    destruct Hq as [q [Hq Hdiff]].
    assert (H0 : (0 <= l1 m z)%Z) by (apply zsum_nonneg; intros; lia).
    set (N := (Z.max n0 0 + 2 * M * l1 m z + 1)%Z). set (n := (N * M * sg)%Z).
    pose (c' := fun _ : nat => (N * sg)%Z).
    pose (c := fun j => ((N + 1) * sg + (if Nat.eqb j q then M * sg else 0) - 2 * M * z j)%Z).
    assert (Hzl : forall j, (j < m)%nat -> (z j <= l1 m z)%Z).
    { intros j Hj. apply Z.le_trans with (Z.abs (z j)); [lia|].
      apply (zsum_term_le m (fun j => Z.abs (z j)) j Hj). intros; lia. }
    assert (HN : (1 <= N)%Z) by (unfold N; nia).
    assert (Hc1 : forall j, (j < m)%nat -> (1 <= c j)%Z).
    { intros j Hj. unfold c, N. specialize (Hzl j Hj). destruct (Nat.eqb j q); nia. }
    assert (Ec : forall a, zsum m (fun _ => a) = (M * a)%Z).
    { intros a. unfold M. clear. induction m as [|k IH]; [reflexivity|]. cbn [sum]. lia. }
    assert (Hsc : zsum m c = n).
    { unfold c. rewrite zsum_minus, zsum_plus, (zsum_scale m (2 * M)), Ec,
        (zsum_single m q (fun j => if Nat.eqb j q then M * sg else 0)%Z), Nat.eqb_refl;
        [fold sg; unfold n; ring | exact Hq|].
      intros j _ Hj. apply Nat.eqb_neq in Hj. rewrite Hj. reflexivity. }
    assert (Hcq : c q <> (N * sg)%Z).
    { unfold c. rewrite Nat.eqb_refl. lia. }
    exists n, c, c', q. split; [unfold n, N; nia|]. split; [|split; [|split; [|split]]].
    + split; [exact Hq | | exact Hsc | auto]. intros j Hj. specialize (Hc1 j Hj). lia.
    + unfold c'. split; [exact Hq | | rewrite Ec; unfold n; ring | nia]. intros; nia.
    + exists (inject_Z (N + 1) / inject_Z N).
      pose proof (inject_pos N HN) as PN. pose proof (inject_pos (N + 1) ltac:(lia)) as PN1.
      pose proof (inject_pos M ltac:(lia)) as PM. pose proof (inject_pos sg ltac:(lia)) as Psg.
      split; [apply Qlt_shift_div_l; [exact PN | lra]|]. intros t Ht. unfold residual, frequency.
      assert (En : inject_Z n == inject_Z N * inject_Z M * inject_Z sg)
        by (unfold n; rewrite !inject_Z_mult; reflexivity).
      set (S := qsum m (fun l => u l t)).
      assert (E1 : qsum m (fun l => inject_Z (c' l) / inject_Z n * u l t) == S / inject_Z M).
      { rewrite (qsum_ext m _ (fun l => / inject_Z M * u l t)).
        - rewrite qsum_scale. fold S. unfold Qdiv. ring.
        - intros l _. unfold c'. rewrite En, inject_Z_mult. field. repeat split; lra. }
      assert (E2 : qsum m (fun l => inject_Z (c l) / inject_Z n * u l t)
        == inject_Z (N + 1) / (inject_Z N * inject_Z M) * S + / inject_Z N * u q t).
      { rewrite (qsum_ext m _ (fun l => inject_Z (N + 1) / (inject_Z N * inject_Z M) * u l t
          + / inject_Z N * u l t * delta l q - 2 * inject_Z M / inject_Z n * (inject_Z (z l) * u l t))).
        - rewrite qsum_minus, qsum_plus, !qsum_scale, Hz by exact Ht. fold S.
          rewrite (qsum_single m q (fun l => / inject_Z N * u l t * delta l q) Hq), delta_same.
          + ring.
          + intros l _ Hl. rewrite delta_other by exact Hl. ring.
        - intros l _. unfold c, delta, Z.sub.
          rewrite !inject_Z_plus, inject_Z_opp, !inject_Z_mult, En. change (inject_Z 2) with 2.
          destruct (Nat.eqb l q); rewrite ?inject_Z_mult; change (inject_Z 1) with 1;
            change (inject_Z 0) with 0; rewrite ?inject_Z_plus; field; repeat split; lra. }
      rewrite E1, E2, inject_Z_plus. change (inject_Z 1) with 1. field. split; lra.
    + unfold c'. exact Hcq.
    + (* The counts are not all equal, so the largest is above the average. *)
      rewrite (largest_eq m c' 0) by (unfold c'; try lia; try nia; intros; lia).
      intros Hmax. apply Hcq. unfold c' in Hmax.
      assert (Hub : forall j, (j < m)%nat -> (0 <= N * sg - c j)%Z).
      { intros j Hj. pose proof (largest_ub m c j Hj). lia. }
      pose proof (zsum_term_le m (fun j => (N * sg - c j)%Z) q Hq Hub) as H.
      rewrite zsum_minus, Ec, Hsc in H. specialize (Hub q Hq). unfold n in H. lia.
Qed.

Lemma scaled_unsolvable d m u z n0 :
  (2 <= m)%nat -> (forall t, (t < d)%nat -> qsum m (fun j => inject_Z (z j) * u j t) == 0) ->
  nonzero m z ->
  exists n, (n0 <= n)%Z /\ forall v f,
    (forall c c' q, same_up_to_scale d (residual 1 m n u c q) (residual 1 m n u c' q) ->
       f q (residual 1 m n v c q) == f q (residual 1 m n v c' q)) ->
    ~ solves m v 1 n f (fun c q => c q) /\ ~ solves m v 1 n f (fun c _ => largest m c).
Proof.
  intros Hm Hz Hne.
  destruct (scaled_collision d m u z n0 Hm Hz Hne) as [n [c [c' [q [Hn [Hc [Hc' [Hs [Hq Hmax]]]]]]]]].
  exists n. split; [exact Hn|]. intros v f Hf. specialize (Hf c c' q Hs).
  split; intros Hsol; destruct (Hsol c q Hc) as [A1 A2], (Hsol c' q Hc') as [B1 B2];
    rewrite <- Hf in B1, B2; pose proof (within_half_unique _ _ _ (conj A1 A2) (conj B1 B2)); lia.
Qed.

(** T17: with [d <= m] layer norm with [eps = 0] makes QC and MFE unsolvable at
    arbitrarily large lengths. *)
Theorem layer_norm_square d m v n0 :
  (1 <= d)%nat -> (d <= m)%nat -> (2 <= m)%nat ->
  exists n, (n0 <= n)%Z /\ forall f, reads_layer_norm d f ->
    ~ solves m v 1 n f (fun c q => c q) /\ ~ solves m v 1 n f (fun c _ => largest m c).
Proof.
  intros Hd Hdm Hm. set (u := fun j => qcentred d (v j)).
  destruct (rational_kernel (d - 1) m (fun t j => u j t) ltac:(lia)) as [z [Hne Hz]].
  destruct (scaled_unsolvable d m u z n0 Hm (centred_kernel d m v z Hd Hz) Hne) as [n [Hn H]].
  exists n. split; [exact Hn|]. intros f Hf. apply H. intros c c' q [l [Hl E]]. apply Hf.
  exists l. split; [exact Hl|]. intros t Ht. rewrite !centred_residual. apply E. exact Ht.
Qed.

(** T17: with [d < m] so does RMS norm with [eps = 0]. *)
Theorem rms_norm_too_few d m v n0 :
  (d < m)%nat -> (2 <= m)%nat ->
  exists n, (n0 <= n)%Z /\ forall f, reads_rms_norm d f ->
    ~ solves m v 1 n f (fun c q => c q) /\ ~ solves m v 1 n f (fun c _ => largest m c).
Proof.
  intros Hdm Hm. destruct (rational_kernel d m (fun t j => v j t) Hdm) as [z [Hne Hz]].
  destruct (scaled_unsolvable d m v z n0 Hm Hz Hne) as [n [Hn H]].
  exists n. split; [exact Hn|]. intros f Hf. apply H. intros c c' q E. apply Hf. exact E.
Qed.

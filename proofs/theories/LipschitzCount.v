(** * T13: Lipschitz constants that counting needs

    Statement.  A model without positions and with one attention layer reads, for the query
    [q], the state with coordinates [r_q(t) + sum_l c_l a_l(t) u_l(t) / sum_l c_l a_l(t)], the
    weights [a_l > 0] of its heads depending on [q].  Let a readout of Lipschitz constant [L]
    (sup norm) be within [eps] of every answer at length [n], [h = floor(n/2)], and let
    [D = ||u_i - u_j||] for two tokens.
    - Uniform attention: [L (h/n) D >= h - 2 eps] for MFE, [L ((n-1)/n) D >= n - 1 - 2 eps] for QC.
    - Any attention with one head: [L D >= 2 (h - 1 - 2 eps)] for MFE; with more, [L D >= h - 2 eps].
    - Values in [[-R, R]^d] and [g^d < m] cells: some two tokens have [D <= 2R/g].
    - Uniform attention, QC: [g^d < C(n + m - 2, m - 1)] gives
      [L (2R/g) (n-1)/n >= 1 - 2 eps].

    Source: ours; the third gives the order [m^(1/d)] of Yehudai et al.,
    arXiv:2407.15160v3, Theorem 5.2 as quoted, with its constant.  The pairs are [n] copies
    of [i] against a mixture of [i] and [j]; the last is the pigeonhole over all count
    vectors of the other [n - 1] tokens.  Over any ordered field. *)

From Coq Require Import Setoid Field Arith Lia List ZArith.
From Counterproof Require Import Sums Vectors CountVectors OrderedField Lipschitz CloseTokens.
Import ListNotations.

Local Open Scope field_scope.

Section Count.
  Variable F : ordered_field.
  Add Field count_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  Variables (m d : nat) (a : nat -> nat -> nat -> F) (u r : nat -> nat -> F).
  (* weight of query, coordinate, token; value of token, coordinate; residual of query *)
  Hypothesis a_pos : forall q t l, (q < m)%nat -> (t < d)%nat -> (l < m)%nat -> 0 < a q t l.

  Definition attention_state (c : nat -> Z) (q t : nat) : F :=
    r q t + fsum m (fun l => integer (c l) * a q t l * u l t)
            / fsum m (fun l => integer (c l) * a q t l).

  (** [n - k] copies of [i] and [k] of [j]. *)
  Definition mixture (n k : Z) (i j : nat) : nat -> Z :=
    fun l => if Nat.eqb l i then (n - k)%Z else if Nat.eqb l j then k else 0%Z.

  Lemma mixture_sum n k i j (f : nat -> F) :
    (i < m)%nat -> (j < m)%nat -> i <> j ->
    fsum m (fun l => integer (mixture n k i j l) * f l) == integer (n - k) * f i + integer k * f j.
  Proof.
    intros Hi Hj Hne.
    rewrite (fsum_ext m _ (fun l => fdelta i l * (integer (n - k) * f l) + fdelta j l * (integer k * f l))).
    - rewrite fsum_plus, (fsum_delta m i (fun l => integer (n - k) * f l) Hi),
        (fsum_delta m j (fun l => integer k * f l) Hj). reflexivity.
    - intros l _. unfold mixture. destruct (Nat.eqb_spec l i) as [->|H1].
      + rewrite fdelta_same, fdelta_other by auto. ring.
      + rewrite (fdelta_other i) by auto. destruct (Nat.eqb_spec l j) as [->|H2].
        * rewrite fdelta_same. ring.
        * rewrite fdelta_other, integer_0 by auto. ring.
  Qed.

  Lemma mixture_input n k i j :
    (i < m)%nat -> (j < m)%nat -> i <> j -> (0 <= k <= n - 1)%Z -> input m n (mixture n k i j) i.
  Proof.
    intros Hi Hj Hne Hk. split.
    - exact Hi.
    - intros l _. unfold mixture. destruct (Nat.eqb l i); [lia|]. destruct (Nat.eqb l j); lia.
    - apply (integer_inj (F := F)). rewrite integer_sum.
      rewrite (fsum_ext m _ (fun l => integer (mixture n k i j l) * 1)) by (intros; ring).
      rewrite (mixture_sum n k i j (fun _ => 1) Hi Hj Hne), integer_sub. ring.
    - unfold mixture. rewrite Nat.eqb_refl. lia.
  Qed.

  Lemma mixture_query n k i j : mixture n k i j i = (n - k)%Z.
  Proof. unfold mixture. rewrite Nat.eqb_refl. reflexivity. Qed.

  Lemma mixture_largest n k i j :
    (i < m)%nat -> (j < m)%nat -> i <> j -> (0 <= k <= n)%Z ->
    largest m (mixture n k i j) = Z.max (n - k) k.
  Proof.
    intros Hi Hj Hne Hk. apply Z.le_antisymm.
    - apply largest_lub; [lia|]. intros l _. unfold mixture.
      destruct (Nat.eqb l i); [lia|]. destruct (Nat.eqb l j); lia.
    - apply Z.max_lub.
      + rewrite <- (mixture_query n k i j). apply largest_ub. exact Hi.
      + assert (E : mixture n k i j j = k).
        { unfold mixture. rewrite (proj2 (Nat.eqb_neq j i)), Nat.eqb_refl by auto. reflexivity. }
        rewrite <- E at 1. apply largest_ub. exact Hj.
  Qed.

  (** How far the state of a mixture is from [i] towards [j]. *)
  Definition share (n k : Z) (i j t : nat) : F :=
    integer k * a i t j / (integer (n - k) * a i t i + integer k * a i t j).

  Section Pair.
    Variables (i j : nat) (n : Z).
    Hypothesis i_token : (i < m)%nat.
    Hypothesis j_token : (j < m)%nat.
    Hypothesis tokens_differ : i <> j.

    Lemma total_pos k t :
      (t < d)%nat -> (0 <= k <= n - 1)%Z -> 0 < integer (n - k) * a i t i + integer k * a i t j.
    Proof.
      intros Ht Hk. apply flt_le_trans with (integer (n - k) * a i t i).
      - apply fmul_pos; [apply integer_pos; lia | apply a_pos; assumption].
      - pose proof (fle_mul _ _ (integer_nonneg (F := F) k ltac:(lia))
          (flt_fle _ _ (a_pos i t j i_token Ht j_token))) as H. linear H.
    Qed.

    Lemma mixture_state k t :
      (t < d)%nat -> (0 <= k <= n - 1)%Z ->
      attention_state (mixture n k i j) i t == r i t + u i t + share n k i j t * (u j t - u i t).
    Proof.
      intros Ht Hk. pose proof (fpos_neq _ (total_pos k t Ht Hk)) as HT.
      unfold attention_state, share.
      rewrite (fsum_ext m (fun l => integer (mixture n k i j l) * a i t l * u l t)
        (fun l => integer (mixture n k i j l) * (a i t l * u l t))) by (intros; ring).
      rewrite (mixture_sum n k i j (fun l => a i t l * u l t) i_token j_token tokens_differ).
      rewrite (mixture_sum n k i j (a i t) i_token j_token tokens_differ).
      field. exact HT.
    Qed.

    Lemma share_nonneg k t : (t < d)%nat -> (0 <= k <= n - 1)%Z -> 0 <= share n k i j t.
    Proof.
      intros Ht Hk. apply fdiv_le; [apply total_pos; assumption|].
      pose proof (fle_mul _ _ (integer_nonneg (F := F) k ltac:(lia))
        (flt_fle _ _ (a_pos i t j i_token Ht j_token))) as H. linear H.
    Qed.

    Lemma share_le_1 k t : (t < d)%nat -> (0 <= k <= n - 1)%Z -> share n k i j t <= 1.
    Proof.
      intros Ht Hk. apply fle_div; [apply total_pos; assumption|].
      pose proof (fle_mul _ _ (integer_nonneg (F := F) (n - k) ltac:(lia))
        (flt_fle _ _ (a_pos i t i i_token Ht i_token))) as H. linear H.
    Qed.

    Lemma share_0 t : (t < d)%nat -> (1 <= n)%Z -> share n 0 i j t == 0.
    Proof.
      intros Ht Hn. pose proof (fpos_neq _ (total_pos 0 t Ht ltac:(lia))) as HT.
      unfold share. set (T := integer (n - 0) * a i t i + integer 0 * a i t j) in *.
      rewrite integer_0. field. exact HT.
    Qed.

    (** Two mixtures whose shares differ by at most [b]. *)
    Lemma mixtures_close k k' b :
      (0 <= k <= n - 1)%Z -> (0 <= k' <= n - 1)%Z -> 0 <= b ->
      (forall t, (t < d)%nat -> fabs (share n k i j t - share n k' i j t) <= b) ->
      sup_dist d (attention_state (mixture n k i j) i) (attention_state (mixture n k' i j) i)
      <= b * sup_dist d (u i) (u j).
    Proof.
      intros Hk Hk' Hb H. apply sup_dist_scaled; [exact Hb|]. intros t Ht.
      rewrite (mixture_state k t Ht Hk), (mixture_state k' t Ht Hk').
      specialize (H t Ht). set (s := share n k i j t) in *. set (s' := share n k' i j t) in *.
      assert (E : fabs (r i t + u i t + s * (u j t - u i t) - (r i t + u i t + s' * (u j t - u i t)))
                  == fabs (s - s') * fabs (u i t - u j t)).
      { transitivity (fabs ((s - s') * (u j t - u i t))); [apply fabs_proper; ring|].
        rewrite (fabs_sub (u i t)). destruct (fabs_cases (s - s')) as [[H1 E1]|[H1 E1]].
        - rewrite E1. apply fabs_scale. exact H1.
        - rewrite E1, <- fabs_opp. transitivity (fabs (- (s - s') * (u j t - u i t))).
          + apply fabs_proper. ring.
          + apply fabs_scale. linear H1. }
      rewrite E. pose proof (fabs_nonneg (u i t - u j t)) as Hu.
      pose proof (fle_scale _ _ _ Hu H) as H2. linear H2.
    Qed.
  End Pair.

  (** ** What a readout needs *)

  Variables (f : nat -> (nat -> F) -> F) (L eps : F).
  Hypothesis f_lipschitz : forall q, lipschitz (sup_dist d) L (f q).
  Hypothesis L_nonneg : 0 <= L.

  (** Within [eps] of every answer at length [n]; the readout may depend on the query. *)
  Definition answers (n : Z) (task : (nat -> Z) -> nat -> Z) : Prop :=
    forall c q, input m n c q -> fabs (f q (attention_state c q) - integer (task c q)) <= eps.

  Definition mfe_task (c : nat -> Z) (q : nat) : Z := largest m c.
  Definition qc_task (c : nat -> Z) (q : nat) : Z := c q.

  (** One query, two inputs. *)
  Lemma answers_apart n task c c' q x y :
    answers n task -> input m n c q -> input m n c' q ->
    task c q = x -> task c' q = y ->
    integer (x - y) - (1 + 1) * eps <= L * sup_dist d (attention_state c q) (attention_state c' q).
  Proof.
    intros Hf Hc Hc' Ex Ey. subst x y.
    pose proof (lipschitz_lower (sup_dist d) L eps (f q) _ _ _ _ (f_lipschitz q) (Hf c q Hc)
      (Hf c' q Hc')) as H.
    apply fle_trans with (2 := H). rewrite integer_sub.
    pose proof (fle_fabs (integer (F := F) (task c q) - integer (task c' q))) as H1. linear H1.
  Qed.

  Lemma answers_mixtures n task i j k k' x y b :
    answers n task -> (i < m)%nat -> (j < m)%nat -> i <> j ->
    (0 <= k <= n - 1)%Z -> (0 <= k' <= n - 1)%Z -> 0 <= b ->
    (forall t, (t < d)%nat -> fabs (share n k i j t - share n k' i j t) <= b) ->
    task (mixture n k i j) i = x -> task (mixture n k' i j) i = y ->
    integer (x - y) - (1 + 1) * eps <= L * (b * sup_dist d (u i) (u j)).
  Proof.
    intros Hf Hi Hj Hne Hk Hk' Hb Hs Ex Ey.
    apply fle_trans with (1 := answers_apart n task _ _ i x y Hf
      (mixture_input n k i j Hi Hj Hne Hk) (mixture_input n k' i j Hi Hj Hne Hk') Ex Ey).
    apply fle_scale; [exact L_nonneg|]. apply mixtures_close; assumption.
  Qed.

  (** Any attention: [L D >= floor(n/2) - 2 eps] for MFE. *)
  Theorem lipschitz_mfe_heads n i j :
    answers n mfe_task -> (i < m)%nat -> (j < m)%nat -> i <> j -> (1 <= n)%Z ->
    integer (n / 2) - (1 + 1) * eps <= L * sup_dist d (u i) (u j).
  Proof.
    intros Hf Hi Hj Hne Hn. pose proof (Z_div_mod_eq_full n 2) as En.
    pose proof (Z.mod_pos_bound n 2 ltac:(lia)) as Er.
    set (h := (n / 2)%Z) in *.
    pose proof (answers_mixtures n mfe_task i j 0 h n (n - h) 1 Hf Hi Hj Hne ltac:(lia) ltac:(lia)
      (fone_nonneg F)) as H.
    replace (n - (n - h))%Z with h in H by lia.
    assert (H' : integer h - (1 + 1) * eps <= L * (1 * sup_dist d (u i) (u j))).
    { apply H.
      - intros t Ht. rewrite (share_0 i j n Hi Hj Hne t Ht Hn).
        pose proof (share_nonneg i j n Hi Hj Hne h t Ht ltac:(lia)) as H1.
        pose proof (share_le_1 i j n Hi Hj Hne h t Ht ltac:(lia)) as H2.
        apply fabs_le; [|linear H2].
        apply fle_trans with (0 : F); [linear H1 | apply fone_nonneg].
      - unfold mfe_task. rewrite mixture_largest by (auto; lia). lia.
      - unfold mfe_task. rewrite mixture_largest by (auto; lia). lia. }
    linear H'.
  Qed.

  (** One head: [L D >= 2 (floor(n/2) - 1 - 2 eps)] for MFE. *)
  Theorem lipschitz_mfe_one_head n i j :
    (forall q t t' l, a q t l = a q t' l) ->
    answers n mfe_task -> (i < m)%nat -> (j < m)%nat -> i <> j -> (2 <= n)%Z ->
    (1 + 1) * (integer (n / 2 - 1) - (1 + 1) * eps) <= L * sup_dist d (u i) (u j).
  Proof.
    intros Hone Hf Hi Hj Hne Hn. pose proof (Z_div_mod_eq_full n 2) as En.
    pose proof (Z.mod_pos_bound n 2 ltac:(lia)) as Er.
    set (h := (n / 2)%Z) in *. set (D := sup_dist d (u i) (u j)).
    assert (H2 : 0 < (1 : F) + 1).
    { apply flt_le_trans with (1 : F); [apply fone_pos|]. pose proof (fone_nonneg F) as H1. linear H1. }
    set (half := 1 / (1 + 1) : F). assert (Hhalf : 0 <= half).
    { apply fdiv_le; [exact H2|]. pose proof (fone_nonneg F) as H1. linear H1. }
    assert (E2 : half + half == 1) by (unfold half; field; apply fpos_neq; exact H2).
    assert (Hsame : forall k t, share n k i j t = share n k i j 0).
    { intros k t. unfold share. rewrite (Hone i t 0%nat j), (Hone i t 0%nat i). reflexivity. }
    assert (Hend : forall x, integer x - (1 + 1) * eps <= L * (half * D) ->
                   (1 + 1) * (integer x - (1 + 1) * eps) <= L * D).
    { intros x H. apply (fle_scale (1 + 1)) in H; [|apply flt_fle; exact H2].
      apply fle_trans with (1 := H). apply feq_fle.
      transitivity (L * ((half + half) * D)); [ring|]. rewrite E2. ring. }
    assert (Hmono : forall x y, (x <= y)%Z -> (1 + 1) * (integer x - (1 + 1) * eps) <= (1 + 1)
      * (integer y - (1 + 1) * eps)).
    { intros x y Hxy. apply fle_scale; [apply flt_fle; exact H2|].
      pose proof (integer_le (F := F) _ _ Hxy) as H1. linear H1. }
    destruct (fle_dec (share n h i j 0) half) as [Hs|Hs].
    - (* The half-way mixture is near [i]. *)
      apply fle_trans with ((1 + 1) * (integer h - (1 + 1) * eps)); [apply Hmono; lia|].
      apply Hend. replace h with (n - (n - h))%Z at 1 by lia.
      apply (answers_mixtures n mfe_task i j 0 h n (n - h) half Hf Hi Hj Hne ltac:(lia) ltac:(lia) Hhalf).
      + intros t Ht. rewrite (share_0 i j n Hi Hj Hne t Ht ltac:(lia)).
        pose proof (share_nonneg i j n Hi Hj Hne h t Ht ltac:(lia)) as H1. rewrite Hsame in H1 |- *.
        apply fabs_le; [|linear Hs]. apply fle_trans with (0 : F); [linear H1 | exact Hhalf].
      + unfold mfe_task. rewrite mixture_largest by (auto; lia). lia.
      + unfold mfe_task. rewrite mixture_largest by (auto; lia). lia.
    - (* It is near [j]. *)
      apply flt_fle in Hs. apply Hend.
      apply fle_trans with (integer (n - 1 - (n - h)) - (1 + 1) * eps).
      { pose proof (integer_le (F := F) (h - 1) (n - 1 - (n - h)) ltac:(lia)) as H1. linear H1. }
      assert (Hshare : forall t, (t < d)%nat -> fabs (share n (n - 1) i j t - share n h i j t) <= half \/
                                 share n (n - 1) i j t <= share n h i j t).
      { intros t Ht. pose proof (share_le_1 i j n Hi Hj Hne (n - 1) t Ht ltac:(lia)) as H1.
        destruct (fle_total (share n (n - 1) i j t) (share n h i j t)) as [H3|H3]; [right; exact H3|].
        left. rewrite (Hsame (n - 1)%Z t) in H1, H3 |- *. rewrite (Hsame h t) in H3 |- *.
        rewrite <- E2 in H1.
        apply fabs_le.
        - pose proof (fle_add2 _ _ _ _ H1 Hs) as H4. linear H4.
        - apply fle_trans with (0 : F); [linear H3 | exact Hhalf]. }
      apply (answers_mixtures n mfe_task i j (n - 1) h (n - 1) (n - h) half Hf Hi Hj Hne ltac:(lia)
        ltac:(lia) Hhalf).
      + intros t Ht. destruct (Hshare t Ht) as [H3|H3]; [exact H3|].
        (* more copies of [j] have the larger share *)
        assert (H4 : share n h i j t <= share n (n - 1) i j t).
        { pose proof (total_pos i j n Hi Hj Hne h t Ht ltac:(lia)) as P1.
          pose proof (total_pos i j n Hi Hj Hne (n - 1) t Ht ltac:(lia)) as P2.
          apply fdiv_le; [exact P2|]. unfold share.
          set (x := a i t i) in *. set (y := a i t j) in *.
          set (T1 := integer (n - h) * x + integer h * y) in *.
          set (T2 := integer (n - (n - 1)) * x + integer (n - 1) * y) in *.
          apply fle_trans with (integer h * y * T2 / T1).
          - apply feq_fle. field. apply fpos_neq. exact P1.
          - apply fle_div; [exact P1|].
            assert (Hxy : 0 <= x * y) by (apply fle_mul; apply flt_fle, a_pos; assumption).
            assert (Hz : (h * (n - (n - 1)) <= (n - 1) * (n - h))%Z) by nia.
            apply (integer_le (F := F)) in Hz. rewrite !integer_mul in Hz.
            pose proof (fle_scale _ _ _ Hxy Hz) as H5. unfold T1, T2. linear H5. }
        assert (E : share n (n - 1) i j t - share n h i j t == 0).
        { rewrite (fle_antisym _ _ H3 H4). ring. }
        rewrite E, fabs_pos_eq by apply fle_refl. exact Hhalf.
      + unfold mfe_task. rewrite mixture_largest by (auto; lia). lia.
      + unfold mfe_task. rewrite mixture_largest by (auto; lia). lia.
  Qed.

  (** ** Uniform attention *)

  Definition uniform : Prop := forall q t l, a q t l = 1.

  Lemma share_uniform n k i j t : uniform -> (1 <= n)%Z -> share n k i j t == integer k / integer n.
  Proof.
    intros Hu Hn. unfold share. rewrite !Hu, integer_sub.
    pose proof (fpos_neq _ (integer_pos (F := F) n ltac:(lia))) as H0. field. exact H0.
  Qed.

  Lemma share_uniform_close n k i j t :
    uniform -> (1 <= n)%Z -> (0 <= k)%Z ->
    fabs (share n 0 i j t - share n k i j t) <= integer k / integer n.
  Proof.
    intros Hu Hn Hk. rewrite !share_uniform, integer_0 by assumption.
    pose proof (integer_pos (F := F) n ltac:(lia)) as Pn. pose proof (fpos_neq _ Pn) as H0.
    assert (Hq : 0 <= (integer k / integer n : F)).
    { apply fdiv_le; [exact Pn|]. pose proof (integer_nonneg (F := F) k Hk) as H1. linear H1. }
    rewrite fabs_sub. apply feq_fle.
    transitivity (fabs (integer k / integer n : F)); [apply fabs_proper; field; exact H0|].
    apply fabs_pos_eq. exact Hq.
  Qed.

  Theorem lipschitz_mfe_uniform n i j :
    uniform -> answers n mfe_task -> (i < m)%nat -> (j < m)%nat -> i <> j -> (1 <= n)%Z ->
    integer (n / 2) - (1 + 1) * eps <= L * (integer (n / 2) / integer n * sup_dist d (u i) (u j)).
  Proof.
    intros Hu Hf Hi Hj Hne Hn. pose proof (Z_div_mod_eq_full n 2) as En.
    pose proof (Z.mod_pos_bound n 2 ltac:(lia)) as Er.
    set (h := (n / 2)%Z) in *. replace h with (n - (n - h))%Z at 1 by lia.
    apply (answers_mixtures n mfe_task i j 0 h n (n - h)); auto; try lia.
    - apply fdiv_le; [apply integer_pos; lia|].
      pose proof (integer_nonneg (F := F) h ltac:(lia)) as H1. linear H1.
    - intros t _. apply share_uniform_close; auto; lia.
    - unfold mfe_task. rewrite mixture_largest by (auto; lia). lia.
    - unfold mfe_task. rewrite mixture_largest by (auto; lia). lia.
  Qed.

  Theorem lipschitz_qc_uniform n i j :
    uniform -> answers n qc_task -> (i < m)%nat -> (j < m)%nat -> i <> j -> (1 <= n)%Z ->
    integer (n - 1) - (1 + 1) * eps <= L * (integer (n - 1) / integer n * sup_dist d (u i) (u j)).
  Proof.
    intros Hu Hf Hi Hj Hne Hn.
    apply (answers_mixtures n qc_task i j 0 (n - 1) n 1); auto; try lia.
    - apply fdiv_le; [apply integer_pos; lia|].
      pose proof (integer_nonneg (F := F) (n - 1) ltac:(lia)) as H1. linear H1.
    - intros t _. apply share_uniform_close; auto; lia.
    - unfold qc_task. rewrite mixture_query. lia.
    - unfold qc_task. rewrite mixture_query. lia.
  Qed.

  (** ** All embeddings *)

  Variables (g : nat) (R : F).
  Hypothesis g_pos : (1 <= g)%nat.
  Hypothesis R_nonneg : 0 <= R.
  Hypothesis u_bounded : forall j t, (j < m)%nat -> (t < d)%nat -> fabs (u j t) <= R.

  (** T13, uniform attention: [L (2R/g) (h/n) >= h - 2 eps] for MFE, with [n - 1] for QC. *)
  Theorem lipschitz_uniform_all n :
    (g ^ d < m)%nat -> uniform -> (1 <= n)%Z ->
    (answers n mfe_task ->
     integer (n / 2) - (1 + 1) * eps
     <= L * (integer (n / 2) / integer n * ((R + R) / integer (Z.of_nat g)))) /\
    (answers n qc_task ->
     integer (n - 1) - (1 + 1) * eps
     <= L * (integer (n - 1) / integer n * ((R + R) / integer (Z.of_nat g)))).
  Proof.
    intros Hlt Hu Hn. destruct (close_tokens m d g R u g_pos R_nonneg Hlt u_bounded)
      as [i [j [Hi [Hj [Hne HD]]]]].
    assert (Hq : forall k, (0 <= k)%Z -> 0 <= (integer k / integer n : F)).
    { intros k Hk. apply fdiv_le; [apply integer_pos; lia|].
      pose proof (integer_nonneg (F := F) k Hk) as H1. linear H1. }
    split; intros Hf.
    - apply fle_trans with (1 := lipschitz_mfe_uniform n i j Hu Hf Hi Hj Hne Hn).
      apply fle_scale; [exact L_nonneg|]. apply fle_scale; [apply Hq; apply Z.div_pos; lia | exact HD].
    - apply fle_trans with (1 := lipschitz_qc_uniform n i j Hu Hf Hi Hj Hne Hn).
      apply fle_scale; [exact L_nonneg|]. apply fle_scale; [apply Hq; lia | exact HD].
  Qed.

  (** T13, any attention without positions, MFE: [L (2R/g) >= 2 (h - 1 - 2 eps)] with one
      head, [h - 2 eps] with more. *)
  Theorem lipschitz_attention_all n :
    (g ^ d < m)%nat -> (2 <= n)%Z -> answers n mfe_task ->
    integer (n / 2) - (1 + 1) * eps <= L * ((R + R) / integer (Z.of_nat g)) /\
    ((forall q t t' l, a q t l = a q t' l) ->
     (1 + 1) * (integer (n / 2 - 1) - (1 + 1) * eps) <= L * ((R + R) / integer (Z.of_nat g))).
  Proof.
    intros Hlt Hn Hf. destruct (close_tokens m d g R u g_pos R_nonneg Hlt u_bounded)
      as [i [j [Hi [Hj [Hne HD]]]]].
    split; [|intros Hone].
    - apply fle_trans with (1 := lipschitz_mfe_heads n i j Hf Hi Hj Hne ltac:(lia)).
      apply fle_scale; [exact L_nonneg | exact HD].
    - apply fle_trans with (1 := lipschitz_mfe_one_head n i j Hone Hf Hi Hj Hne Hn).
      apply fle_scale; [exact L_nonneg | exact HD].
  Qed.

  (** T13, uniform attention, QC: pigeonhole over all count vectors of the other tokens. *)
  Theorem lipschitz_qc_all n :
    (0 < m)%nat -> (1 <= n)%nat -> uniform -> answers (Z.of_nat n + 1) qc_task ->
    (g ^ d < binomial (n + m - 1) (m - 1))%nat ->
    1 - (1 + 1) * eps
    <= L * (integer (Z.of_nat n) / integer (Z.of_nat n + 1) * ((R + R) / integer (Z.of_nat g))).
  Proof.
    intros Hm Hn Hu Hf Hlt. set (N := integer (F := F) (Z.of_nat n)).
    set (N1 := integer (F := F) (Z.of_nat n + 1)).
    assert (PN : 0 < N) by (apply integer_pos; lia). pose proof (fpos_neq _ PN) as HN.
    assert (PN1 : 0 < N1) by (apply integer_pos; lia). pose proof (fpos_neq _ PN1) as HN1.
    pose (mean := fun (l : list nat) t => fsum m (fun j => integer (counts l j) * u j t) / N).
    assert (Hsum : forall l, In l (count_vectors m n) -> zsum m (counts l) = Z.of_nat n).
    { intros l Hl. apply count_vectors_in in Hl. destruct Hl as [El Es].
      rewrite <- El, counts_sum, Es. reflexivity. }
    rewrite <- count_vectors_length in Hlt by exact Hm.
    destruct (close_points (count_vectors m n) mean d g R (count_vectors_nodup m n) g_pos R_nonneg Hlt)
      as [l [l' [Hl [Hl' [Hne HD]]]]].
    { intros l t Hl Ht. unfold mean.
      assert (HB : fabs (fsum m (fun j => integer (counts l j) * u j t)) <= N * R).
      { apply fle_trans with (1 := fsum_abs _ _).
        apply fle_trans with (fsum m (fun j => integer (counts l j) * R)).
        - apply fsum_le. intros j Hj.
          pose proof (integer_nonneg (F := F) _ (counts_nonneg l j)) as Hc.
          rewrite fabs_scale by exact Hc. apply fle_scale; auto.
        - rewrite fsum_scale_r, <- integer_sum, (Hsum l Hl). apply fle_refl. }
      apply fabs_le; (apply fle_trans with (fabs (fsum m (fun j => integer (counts l j) * u j t)) / N);
        [|apply fle_div; [exact PN | linear HB]]).
      - apply (fle_cancel N); [exact PN|].
      apply fle_trans with (fsum m (fun j => integer (counts l j) * u j t)).
        + apply feq_fle. field. exact HN.
        + apply fle_trans with (1 := fle_fabs _). apply feq_fle. field. exact HN.
      - apply (fle_cancel N); [exact PN|].
      apply fle_trans with (- fsum m (fun j => integer (counts l j) * u j t)).
        + apply feq_fle. field. exact HN.
        + apply fle_trans with (1 := fopp_le_fabs _). apply feq_fle. field. exact HN. }
    (* a token whose counts differ becomes the query *)
    assert (Hq : exists q x y, (q < m)%nat /\ In x (count_vectors m n) /\ In y (count_vectors m n) /\
      (counts y q < counts x q)%Z /\ sup_dist d (mean x) (mean y) <= (R + R) / integer (Z.of_nat g)).
    { pose proof (count_vectors_in _ _ _ Hl) as [El _]. pose proof (count_vectors_in _ _ _ Hl') as [El' _].
      destruct (counts_differ l l' ltac:(congruence) Hne) as [q [Hq Hd]]. rewrite El in Hq.
      destruct (Z_lt_le_dec (counts l' q) (counts l q)) as [H|H].
      - exists q, l, l'. repeat split; assumption.
      - exists q, l', l. repeat split; try assumption; [lia|].
        destruct (sup_dist_pseudometric F d) as [_ Hs _]. rewrite Hs. exact HD. }
    destruct Hq as [q [x [y [Hq [Hx [Hy [Hxy Hclose]]]]]]].
    pose (with_query := fun (l : list nat) j => (counts l j + (if Nat.eqb j q then 1 else 0))%Z).
    assert (Hin : forall l, In l (count_vectors m n) -> input m (Z.of_nat n + 1) (with_query l) q).
    { intros k Hk. unfold with_query. split.
      - exact Hq.
      - intros j _. pose proof (counts_nonneg k j). destruct (Nat.eqb j q); lia.
      - rewrite zsum_plus, (Hsum k Hk), (zsum_single m q), Nat.eqb_refl; auto.
        intros j _ Hj. apply Nat.eqb_neq in Hj. rewrite Hj. reflexivity.
      - rewrite Nat.eqb_refl. pose proof (counts_nonneg k q). lia. }
    pose proof (answers_apart _ _ _ _ q _ _ Hf (Hin x Hx) (Hin y Hy) eq_refl eq_refl) as H.
    apply fle_trans with (integer (qc_task (with_query x) q - qc_task (with_query y) q) - (1 + 1) * eps).
    { pose proof (integer_le (F := F) 1 (qc_task (with_query x) q - qc_task (with_query y) q)
        ltac:(unfold qc_task, with_query; lia)) as H1. rewrite integer_1 in H1. linear H1. }
    apply fle_trans with (1 := H). apply fle_scale; [exact L_nonneg|].
    assert (Hr : 0 <= N / N1).
    { apply fdiv_le; [exact PN1|]. pose proof (flt_fle _ _ PN) as H1. linear H1. }
    apply fle_trans with (N / N1 * sup_dist d (mean x) (mean y)); [|apply fle_scale; assumption].
    assert (Hstate : forall l t, In l (count_vectors m n) ->
      attention_state (with_query l) q t == r q t + N / N1 * mean l t + u q t / N1).
    { intros k t Hk. unfold attention_state, mean.
      rewrite (fsum_ext m (fun l => integer (with_query k l) * a q t l) (fun l => integer (with_query k l)))
        by (intros; rewrite Hu; ring).
      rewrite <- integer_sum, (input_sum _ _ _ _ (Hin k Hk)). fold N1.
      rewrite (fsum_ext m _ (fun l => integer (counts k l) * u l t + fdelta q l * u l t)).
      - rewrite fsum_plus, (fsum_delta m q (fun l => u l t) Hq). field. split; assumption.
      - intros j _. rewrite Hu. unfold with_query. rewrite integer_add.
        destruct (Nat.eqb_spec j q) as [->|Hj].
        + rewrite fdelta_same, integer_1. ring.
        + rewrite fdelta_other, integer_0 by auto. ring. }
    apply sup_dist_scaled; [exact Hr|]. intros t Ht. rewrite (Hstate x t Hx), (Hstate y t Hy).
    rewrite <- fabs_scale by exact Hr. apply feq_fle, fabs_proper. ring.
  Qed.
End Count.

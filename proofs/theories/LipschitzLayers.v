(** * T13: weights that counting needs

    Statement.  An MLP of [k] affine layers with ReLU between them, each of whose rows has
    absolute sum at most [K], changes by at most [K^k] times the distance of its inputs in the
    sup norm.  So for tokens in [[-R, R]^d], [g^d < m] and tolerance [eps]:
    - uniform attention: [K^k (2R/g) (h/n) >= h - 2 eps] for MFE, [h = floor(n/2)], and the
      same with [n - 1] for QC;
    - any attention without positions: [K^k (2R/g) >= h - 2 eps] for MFE, and
      [>= 2 (h - 1 - 2 eps)] with one head.
    For two layers [K] is at least of the order [sqrt(n m^(1/d) / R)].

    Source: Yehudai et al., arXiv:2407.15160v3, Theorem 5.2 as quoted, for the question;
    the exact form is ours.  The MLP may be another one for each query. *)

From Coq Require Import Setoid Field Arith Lia List ZArith.
From Counterproof Require Import Sums OrderedField Lipschitz LipschitzCount.
Import ListNotations.

Local Open Scope field_scope.

Section Layers.
  Variable F : ordered_field.
  Add Field layers_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  Record layer := {
    width : nat;
    weight : nat -> nat -> F;  (* output, input *)
    bias : nat -> F
  }.

  Definition affine (d : nat) (A : layer) (x : nat -> F) (t : nat) : F :=
    fsum d (fun s => weight A t s * x s) + bias A t.

  Definition frelu (x : F) : F := fmax 0 x.

  Fixpoint hidden (d : nat) (As : list layer) (x : nat -> F) : nat -> F :=
    match As with
    | [] => x
    | A :: rest => hidden (width A) rest (fun t => frelu (affine d A x t))
    end.

  Fixpoint last_width (d : nat) (As : list layer) : nat :=
    match As with
    | [] => d
    | A :: rest => last_width (width A) rest
    end.

  (** Hidden layers, then one affine output. *)
  Definition mlp (d : nat) (As : list layer) (A : layer) (x : nat -> F) : F :=
    affine (last_width d As) A (hidden d As x) 0.

  (** The absolute sum of each of the first [k] rows. *)
  Definition rows_at_most (d k : nat) (K : F) (A : layer) : Prop :=
    forall t, (t < k)%nat -> fsum d (fun s => fabs (weight A t s)) <= K.

  Fixpoint layers_at_most (d : nat) (K : F) (As : list layer) : Prop :=
    match As with
    | [] => True
    | A :: rest => rows_at_most d (width A) K A /\ layers_at_most (width A) K rest
    end.

  Fixpoint power (K : F) (k : nat) : F :=
    match k with
    | O => 1
    | S l => K * power K l
    end.

  Lemma power_nonneg K k : 0 <= K -> 0 <= power K k.
  Proof.
    intros HK. induction k as [|k IH]; [apply fone_nonneg | apply fle_mul; assumption].
  Qed.

  Lemma fabs_mul (x y : F) : fabs (x * y) == fabs x * fabs y.
  Proof.
    destruct (fabs_cases x) as [[H E]|[H E]]; rewrite E.
    - apply fabs_scale. exact H.
    - rewrite <- fabs_opp. transitivity (fabs (- x * y)); [apply fabs_proper; ring|].
      apply fabs_scale. linear H.
  Qed.

  Lemma frelu_lipschitz (x y : F) : fabs (frelu x - frelu y) <= fabs (x - y).
  Proof.
    assert (H : forall a b, frelu a - frelu b <= fabs (a - b)).
    { intros a b. unfold frelu. assert (E : fmax 0 a <= fabs (a - b) + fmax 0 b).
      - apply fmax_lub.
        + apply fadd_nonneg; [apply fabs_nonneg | apply fmax_l].
        + pose proof (fle_add2 _ _ _ _ (fle_fabs (a - b)) (fmax_r 0 b)) as H. linear H.
      - linear E. }
    apply fabs_le; [apply H|]. pose proof (H y x) as H'. rewrite (fabs_sub y x) in H'. linear H'.
  Qed.

  Lemma affine_lipschitz d k K A x y t :
    rows_at_most d k K A -> (t < k)%nat ->
    fabs (affine d A x t - affine d A y t) <= K * sup_dist d x y.
  Proof.
    intros HA Ht. set (D := sup_dist d x y). assert (HD : 0 <= D) by apply sup_dist_nonneg.
    apply fle_trans with (fsum d (fun s => fabs (weight A t s) * D)).
    - apply fle_trans with (fsum d (fun s => fabs (weight A t s * (x s - y s)))).
      + apply fle_trans with (2 := fsum_abs _ _). apply feq_fle, fabs_proper. unfold affine.
        rewrite (fsum_ext d (fun s => weight A t s * (x s - y s))
          (fun s => weight A t s * x s - weight A t s * y s)) by (intros; ring).
        rewrite fsum_minus. ring.
      + apply fsum_le. intros s Hs. rewrite fabs_mul. apply fle_scale; [apply fabs_nonneg|].
        apply sup_dist_ge. exact Hs.
    - rewrite fsum_scale_r. pose proof (fle_scale _ _ _ HD (HA t Ht)) as H. linear H.
  Qed.

  Lemma hidden_lipschitz K As d x y :
    0 <= K -> layers_at_most d K As ->
    sup_dist (last_width d As) (hidden d As x) (hidden d As y)
    <= power K (length As) * sup_dist d x y.
  Proof.
    intros HK. revert d x y. induction As as [|A rest IH]; intros d x y HA; simpl.
    - apply feq_fle. ring.
    - destruct HA as [HA Hrest]. apply fle_trans with (1 := IH _ _ _ Hrest).
      apply fle_trans with (power K (length rest) * (K * sup_dist d x y)); [|apply feq_fle; ring].
      apply fle_scale; [apply power_nonneg; exact HK|].
      apply sup_dist_le; [apply fle_mul; [exact HK | apply sup_dist_nonneg]|]. intros t Ht.
      apply fle_trans with (1 := frelu_lipschitz _ _). apply (affine_lipschitz d (width A)); assumption.
  Qed.

  (** [k] layers: Lipschitz constant [K^k]. *)
  Theorem mlp_lipschitz K As A d :
    0 <= K -> layers_at_most d K As -> rows_at_most (last_width d As) 1 K A ->
    lipschitz (sup_dist d) (power K (length As + 1)) (mlp d As A).
  Proof.
    intros HK HAs HA x y. unfold mlp.
    apply fle_trans with (1 := affine_lipschitz _ 1 K A _ _ 0 HA Nat.lt_0_1).
    pose proof (fle_scale _ _ _ HK (hidden_lipschitz K As d x y HK HAs)) as H.
    apply fle_trans with (1 := H). apply feq_fle. rewrite Nat.add_1_r. cbn [power]. ring.
  Qed.

  (** T13 for the weights, over all embeddings. *)
  Section Weights.
    Variables (m d : nat) (a : nat -> nat -> nat -> F) (u r : nat -> nat -> F).
    Hypothesis a_pos : forall q t l, (q < m)%nat -> (t < d)%nat -> (l < m)%nat -> 0 < a q t l.

    Variables (k : nat) (K eps : F) (As : nat -> list layer) (A : nat -> layer).
    Hypothesis K_nonneg : 0 <= K.
    Hypothesis layers_number : forall q, (length (As q) + 1 = k)%nat.
    Hypothesis layers_bounded : forall q, layers_at_most d K (As q).
    Hypothesis output_bounded : forall q, rows_at_most (last_width d (As q)) 1 K (A q).

    Variables (g : nat) (R : F).
    Hypothesis g_pos : (1 <= g)%nat.
    Hypothesis R_nonneg : 0 <= R.
    Hypothesis u_bounded : forall j t, (j < m)%nat -> (t < d)%nat -> fabs (u j t) <= R.
    Hypothesis many_tokens : (g ^ d < m)%nat.

    Let f (q : nat) : (nat -> F) -> F := mlp d (As q) (A q).

    Lemma f_lipschitz q : lipschitz (sup_dist d) (power K k) (f q).
    Proof. rewrite <- (layers_number q). apply mlp_lipschitz; auto. Qed.

    Theorem weights_uniform n :
      uniform F a -> (1 <= n)%Z ->
      (answers F m a u r f eps n (mfe_task m) ->
       integer (n / 2) - (1 + 1) * eps
       <= power K k * (integer (n / 2) / integer n * ((R + R) / integer (Z.of_nat g)))) /\
      (answers F m a u r f eps n qc_task ->
       integer (n - 1) - (1 + 1) * eps
       <= power K k * (integer (n - 1) / integer n * ((R + R) / integer (Z.of_nat g)))).
    Proof.
      intros Hu Hn.
      exact (lipschitz_uniform_all F m d a u r a_pos f (power K k) eps f_lipschitz
        (power_nonneg K k K_nonneg) g R g_pos R_nonneg u_bounded n many_tokens Hu Hn).
    Qed.

    Theorem weights_attention n :
      (2 <= n)%Z -> answers F m a u r f eps n (mfe_task m) ->
      integer (n / 2) - (1 + 1) * eps <= power K k * ((R + R) / integer (Z.of_nat g)) /\
      ((forall q t t' l, a q t l = a q t' l) ->
       (1 + 1) * (integer (n / 2 - 1) - (1 + 1) * eps)
       <= power K k * ((R + R) / integer (Z.of_nat g))).
    Proof.
      intros Hn Hf.
      exact (lipschitz_attention_all F m d a u r a_pos f (power K k) eps f_lipschitz
        (power_nonneg K k K_nonneg) g R g_pos R_nonneg u_bounded n many_tokens Hn Hf).
    Qed.
  End Weights.
End Layers.

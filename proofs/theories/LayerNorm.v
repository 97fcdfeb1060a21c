(** * T17: counting behind a norm

    Statement.  Uniform attention, state [r = v_q + (1/n) sum_j c_j v_j], then layer norm
    [(r - mean r) / sqrt(variance + eps)] or RMS norm [r / sqrt(mean of r^2 + eps)].
    One-hot embeddings of [m] tokens:
    - in [d = m] dimensions, layer norm with [eps = 0] keeps query and counts apart at
      length [n] iff [n < m]: from [n = m] on, [n] copies of a token and a vector
      of all tokens with that query become equal, and no MLP solves QC or MFE;
    - layer norm with [eps > 0], and RMS norm, keep them apart at every length;
    - so does layer norm with [eps = 0] in [m + 1] dimensions, one of them unused.
    Fewer dimensions do not, for any embedding: [NormLoss.v].

    Source: ours.  A norm is a relation between input and output, so that no square root
    is asked for: [s > 0] with [s^2 = variance + eps] and [s z = r - mean r].  Over any
    ordered field. *)

From Coq Require Import Setoid Field Arith Lia ZArith.
From Counterproof Require Import Sums Vectors OrderedField.

Local Open Scope field_scope.

Section LayerNorm.
  Variable F : ordered_field.
  Add Field norm_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  Definition mean (d : nat) (x : nat -> F) : F := fsum d x / integer (Z.of_nat d).
  Definition centred (d : nat) (x : nat -> F) (t : nat) : F := x t - mean d x.
  Definition mean_square (d : nat) (x : nat -> F) : F := mean d (fun t => x t * x t).

  (** [z = x / sqrt(mean of x^2 + eps)]. *)
  Definition rms_norm (d : nat) (eps : F) (x z : nat -> F) : Prop :=
    exists s, 0 < s /\ s * s == mean_square d x + eps /\ forall t, (t < d)%nat -> s * z t == x t.

  (** [z = (x - mean x) / sqrt(variance + eps)]. *)
  Definition layer_norm (d : nat) (eps : F) (x z : nat -> F) : Prop := rms_norm d eps (centred d x) z.

  (** Equal outputs mean that the inputs are positive multiples of each other ... *)
  Lemma rms_multiple d eps x x' z :
    rms_norm d eps x z -> rms_norm d eps x' z ->
    exists l, 0 < l /\ forall t, (t < d)%nat -> x t == l * x' t.
  Proof.
    intros [s [Hs [_ Hz]]] [s' [Hs' [_ Hz']]]. pose proof (fpos_neq _ Hs') as Hs0.
    exists (s * / s'). split; [apply fmul_pos; [exact Hs | apply finv_pos; exact Hs']|].
    intros t Ht. rewrite <- (Hz t Ht), <- (Hz' t Ht). field. exact Hs0.
  Qed.

  Lemma mean_ext d x y : (forall t, (t < d)%nat -> x t == y t) -> mean d x == mean d y.
  Proof. intros H. unfold mean. rewrite (fsum_ext d x y H). reflexivity. Qed.

  Lemma mean_square_scale d l x y :
    (1 <= d)%nat -> (forall t, (t < d)%nat -> x t == l * y t) ->
    mean_square d x == l * l * mean_square d y.
  Proof.
    intros Hd H. pose proof (fpos_neq _ (integer_pos (F := F) (Z.of_nat d) ltac:(lia))) as Hd0.
    unfold mean_square, mean.
    rewrite (fsum_ext d (fun t => x t * x t) (fun t => l * l * (y t * y t)))
      by (intros t Ht; rewrite (H t Ht); ring).
    rewrite fsum_scale. field. exact Hd0.
  Qed.

  (** ... and for [eps = 0] the converse holds, ... *)
  Theorem rms_norm_multiple d x x' z l :
    (1 <= d)%nat -> 0 < l -> (forall t, (t < d)%nat -> x t == l * x' t) ->
    rms_norm d 0 x' z -> rms_norm d 0 x z.
  Proof.
    intros Hd Hl H [s [Hs [Es Hz]]]. exists (l * s). split; [apply fmul_pos; assumption|]. split.
    - rewrite (mean_square_scale d l x x' Hd H).
      transitivity (l * l * (s * s)); [ring|]. rewrite Es. ring.
    - intros t Ht. rewrite (H t Ht), <- (Hz t Ht). ring.
  Qed.

  (** ... while with [eps > 0] the norm is injective. *)
  Theorem rms_norm_injective d eps x x' z :
    (1 <= d)%nat -> 0 < eps -> rms_norm d eps x z -> rms_norm d eps x' z ->
    forall t, (t < d)%nat -> x t == x' t.
  Proof.
    intros Hd He [s [Hs [Es Hz]]] [s' [Hs' [Es' Hz']]] t Ht.
    set (k := mean_square d z).
    assert (E : s * s == s * s * k + eps).
    { rewrite Es at 1. rewrite (mean_square_scale d s x z Hd); [reflexivity|].
      intros i Hi. symmetry. apply Hz. exact Hi. }
    assert (E' : s' * s' == s' * s' * k + eps).
    { rewrite Es' at 1. rewrite (mean_square_scale d s' x' z Hd); [reflexivity|].
      intros i Hi. symmetry. apply Hz'. exact Hi. }
    (* [s^2 (1 - k) = eps = s'^2 (1 - k)], and [1 - k] is not 0. *)
    assert (Hk : ~ 1 - k == 0).
    { intros C. apply (fpos_neq _ He).
      transitivity (s * s * k + eps - s * s * k); [ring|]. rewrite <- E.
      transitivity (s * s * (1 - k)); [ring|]. rewrite C. ring. }
    assert (Hss : s * s == s' * s').
    { apply (fmul_cancel (1 - k)); [exact Hk|].
      transitivity (s * s - s * s * k); [ring|]. rewrite E at 1.
      transitivity (s' * s' - s' * s' * k); [|ring]. rewrite E' at 1. ring. }
    assert (Hse : s == s').
    { apply fle_antisym; apply fsquare_le; try (apply flt_fle; assumption);
        apply feq_fle; [|symmetry]; exact Hss. }
    rewrite <- (Hz t Ht), <- (Hz' t Ht), Hse. reflexivity.
  Qed.

  (** Layer norm: equal outputs mean equal up to a positive factor and a shift. *)
  Lemma layer_norm_affine d eps x x' z :
    layer_norm d eps x z -> layer_norm d eps x' z ->
    exists l b, 0 < l /\ forall t, (t < d)%nat -> x t == l * x' t + b.
  Proof.
    intros H H'. destruct (rms_multiple d eps _ _ z H H') as [l [Hl E]].
    exists l, (mean d x - l * mean d x'). split; [exact Hl|]. intros t Ht.
    specialize (E t Ht). unfold centred in E.
    transitivity (x t - mean d x + mean d x); [ring|]. rewrite E. ring.
  Qed.

  Theorem layer_norm_affine_equal d x x' z l b :
    (1 <= d)%nat -> 0 < l -> (forall t, (t < d)%nat -> x t == l * x' t + b) ->
    layer_norm d 0 x' z -> layer_norm d 0 x z.
  Proof.
    intros Hd Hl H. apply (rms_norm_multiple d _ _ z l Hd Hl). intros t Ht. unfold centred.
    pose proof (fpos_neq _ (integer_pos (F := F) (Z.of_nat d) ltac:(lia))) as Hd0.
    assert (E : mean d x == l * mean d x' + b).
    { unfold mean. rewrite (fsum_ext d x (fun t => l * x' t + b) H), fsum_plus, fsum_scale, fsum_const.
      field. exact Hd0. }
    rewrite E, (H t Ht). ring.
  Qed.

  (** With [eps > 0] only the mean is lost. *)
  Theorem layer_norm_injective d eps x x' z :
    (1 <= d)%nat -> 0 < eps -> layer_norm d eps x z -> layer_norm d eps x' z ->
    fsum d x == fsum d x' -> forall t, (t < d)%nat -> x t == x' t.
  Proof.
    intros Hd He H H' E t Ht. pose proof (rms_norm_injective d eps _ _ z Hd He H H' t Ht) as Et.
    unfold centred, mean in Et. rewrite E in Et.
    transitivity (x t - fsum d x' / integer (Z.of_nat d) + fsum d x' / integer (Z.of_nat d)); [ring|].
    rewrite Et. ring.
  Qed.

  (** ** One-hot embeddings *)

  Variable m : nat.

  (** The state of token embeddings [v]; one-hot ones are [fdelta]. *)
  Definition uniform_state (v : nat -> nat -> F) (n : Z) (c : nat -> Z) (q t : nat) : F :=
    v q t + fsum m (fun j => integer (c j) / integer n * v j t).

  Notation state := (uniform_state fdelta).

  Lemma state_inside n c q t : (t < m)%nat -> state n c q t == fdelta q t + integer (c t) / integer n.
  Proof.
    intros Ht. unfold uniform_state.
    rewrite (fsum_ext m _ (fun j => fdelta t j * (integer (c j) / integer n)))
      by (intros; rewrite fdelta_sym; ring).
    rewrite (fsum_delta m t (fun j => integer (c j) / integer n) Ht). reflexivity.
  Qed.

  Lemma state_outside n c q t : (q < m)%nat -> (m <= t)%nat -> state n c q t == 0.
  Proof.
    intros Hq Ht. unfold uniform_state. rewrite fdelta_other, fsum_zero by
      (try lia; intros; rewrite fdelta_other by lia; ring). ring.
  Qed.

  Lemma state_nonneg n c q t : input m n c q -> 0 <= state n c q t.
  Proof.
    intros Hin. destruct (le_lt_dec m t) as [Ht|Ht].
    - rewrite state_outside by (try exact Ht; apply (input_query _ _ _ _ Hin)). apply fle_refl.
    - rewrite state_inside by exact Ht. apply fadd_nonneg.
      + unfold fdelta. destruct (Nat.eqb q t); [apply fone_nonneg | apply fle_refl].
      + apply fdiv_le; [apply integer_pos; pose proof (input_n_pos _ _ _ _ Hin); lia|].
        pose proof (integer_nonneg (F := F) _ (input_nonneg _ _ _ _ Hin t Ht)) as H. linear H.
  Qed.

  (** The coordinates add up to 2, whatever the input. *)
  Lemma state_sum n c q : input m n c q -> fsum m (state n c q) == 1 + 1.
  Proof.
    intros Hin. pose proof (input_query _ _ _ _ Hin) as Hq.
    pose proof (fpos_neq _ (integer_pos (F := F) n ltac:(pose proof (input_n_pos _ _ _ _ Hin); lia))) as Hn.
    rewrite (fsum_ext m _ (fun t => fdelta q t * 1 + integer (c t) * / integer n)).
    - rewrite fsum_plus, (fsum_delta m q (fun _ => 1) Hq), fsum_scale_r, <- integer_sum,
        (input_sum _ _ _ _ Hin). field. exact Hn.
    - intros t Ht. rewrite state_inside by exact Ht. field. exact Hn.
  Qed.

  (** Query and counts can be read from the state. *)
  Lemma state_injective n c c' q q' :
    input m n c q -> input m n c' q' -> (forall t, (t < m)%nat -> state n c q t == state n c' q' t) ->
    q = q' /\ forall j, (j < m)%nat -> c j = c' j.
  Proof.
    intros Hin Hin' E.
    pose proof (fpos_neq _ (integer_pos (F := F) n ltac:(pose proof (input_n_pos _ _ _ _ Hin); lia))) as Hn.
    assert (Ez : forall t, (t < m)%nat ->
      ((if Nat.eqb q t then n else 0) + c t = (if Nat.eqb q' t then n else 0) + c' t)%Z).
    { intros t Ht. specialize (E t Ht). rewrite !state_inside in E by exact Ht.
      apply (integer_inj (F := F)). rewrite !integer_add.
      assert (Hd : forall p b, integer (F := F) (if Nat.eqb p t then n else 0%Z) + integer b
        == integer n * (fdelta p t + integer b / integer n)).
      { intros p b. unfold fdelta. destruct (Nat.eqb p t); rewrite ?integer_0; field; exact Hn. }
      rewrite !Hd, E. reflexivity. }
    assert (Eq : q = q').
    { destruct (Nat.eq_dec q q') as [|Hne]; [assumption|]. exfalso.
      pose proof (Ez q (input_query _ _ _ _ Hin)) as H. rewrite Nat.eqb_refl in H.
      rewrite (proj2 (Nat.eqb_neq q' q)) in H by auto.
      pose proof (input_present _ _ _ _ Hin).
      pose proof (zsum_term_le m c' q (input_query _ _ _ _ Hin) (input_nonneg _ _ _ _ Hin')).
      rewrite (input_sum _ _ _ _ Hin') in H1. lia. }
    split; [exact Eq|]. subst q'. intros j Hj. specialize (Ez j Hj). destruct (Nat.eqb q j); lia.
  Qed.

  (** Nonnegative coordinates with a zero fix the shift, and the sum fixes the factor. *)
  Lemma affine_identity d (y y' : nat -> F) l b :
    0 < l -> (forall t, (t < d)%nat -> y t == l * y' t + b) ->
    (forall t, (t < d)%nat -> 0 <= y t) -> (forall t, (t < d)%nat -> 0 <= y' t) ->
    (exists t, (t < d)%nat /\ y t == 0) -> (exists t, (t < d)%nat /\ y' t == 0) ->
    fsum d y == fsum d y' -> ~ fsum d y' == 0 ->
    forall t, (t < d)%nat -> y t == y' t.
  Proof.
    intros Hl E Hy Hy' [i [Hi Ei]] [j [Hj Ej]] Hsum Hne.
    assert (Hb : b == 0).
    { apply fle_antisym.
      - pose proof (E i Hi) as H. rewrite Ei in H.
        pose proof (fle_mul _ _ (flt_fle _ _ Hl) (Hy' i Hi)) as H1.
        assert (H2 : l * y' i + b <= 0) by (rewrite <- H; apply fle_refl).
        pose proof (fle_add2 _ _ _ _ H1 H2) as H3. linear H3.
      - pose proof (E j Hj) as H. rewrite Ej in H. pose proof (Hy j Hj) as H1. rewrite H in H1.
        linear H1. }
    assert (Hl1 : l == 1).
    { apply (fmul_cancel (fsum d y')); [exact Hne|].
      transitivity (fsum d y).
      - rewrite (fsum_ext d y (fun t => l * y' t)).
        + rewrite fsum_scale. ring.
        + intros t Ht. rewrite (E t Ht), Hb. ring.
      - rewrite Hsum. ring. }
    intros t Ht. rewrite (E t Ht), Hb, Hl1. ring.
  Qed.

  Lemma two_neq : ~ (1 : F) + 1 == 0.
  Proof.
    apply fpos_neq. apply flt_le_trans with (1 : F); [apply fone_pos|].
    pose proof (fone_nonneg F) as H. linear H.
  Qed.

  (** Fewer tokens than the vocabulary has: one is absent. *)
  Lemma absent_token n c q : input m n c q -> (n < Z.of_nat m)%Z -> exists j, (j < m)%nat /\ c j = 0%Z.
  Proof.
    intros Hin Hn. pose proof (input_nonneg _ _ _ _ Hin) as Hc. rewrite <- (input_sum _ _ _ _ Hin) in Hn.
    clear Hin q n. revert Hn Hc. generalize m. intros k.
    induction k as [|k IH]; intros Hn Hc; [simpl in Hn; lia|]. cbn [sum] in Hn.
    destruct (Z.eq_dec (c k) 0) as [E|E]; [exists k; split; [lia | exact E]|].
    pose proof (Hc k ltac:(lia)). destruct IH as [j [Hj E2]]; [lia | intros; apply Hc; lia|].
    exists j. split; [lia | exact E2].
  Qed.

  Lemma state_zero n c q :
    input m n c q -> (n < Z.of_nat m)%Z -> exists t, (t < m)%nat /\ state n c q t == 0.
  Proof.
    intros Hin Hn. destruct (absent_token n c q Hin Hn) as [j [Hj E]]. exists j. split; [exact Hj|].
    pose proof (input_present _ _ _ _ Hin) as Hq.
    pose proof (fpos_neq _ (integer_pos (F := F) n ltac:(pose proof (input_n_pos _ _ _ _ Hin); lia))) as Hn0.
    rewrite state_inside, E, integer_0 by exact Hj.
    rewrite fdelta_other by (intros ->; lia). field. exact Hn0.
  Qed.

  (** T17: below length [m], layer norm with [eps = 0] loses nothing. *)
  Theorem layer_norm_below n c c' q q' z :
    (n < Z.of_nat m)%Z -> input m n c q -> input m n c' q' ->
    layer_norm m 0 (state n c q) z -> layer_norm m 0 (state n c' q') z ->
    q = q' /\ forall j, (j < m)%nat -> c j = c' j.
  Proof.
    intros Hn Hin Hin' H H'. apply (state_injective n); [assumption | assumption|].
    destruct (layer_norm_affine m 0 _ _ z H H') as [l [b [Hl E]]].
    apply (affine_identity m _ _ l b Hl E).
    - intros; apply state_nonneg; exact Hin.
    - intros; apply state_nonneg; exact Hin'.
    - exact (state_zero n c q Hin Hn).
    - exact (state_zero n c' q' Hin' Hn).
    - rewrite (state_sum n c q Hin), (state_sum n c' q' Hin'). reflexivity.
    - rewrite (state_sum n c' q' Hin'). apply two_neq.
  Qed.

  (** [n] copies of token 0, and one of each with token 0 filling up. *)
  Definition all_same (n : Z) : nat -> Z := fun j => if Nat.eqb j 0 then n else 0%Z.
  Definition all_present (n : Z) : nat -> Z :=
    fun j => if Nat.eqb j 0 then (n - Z.of_nat m + 1)%Z else 1%Z.

  Lemma all_same_input n : (1 <= m)%nat -> (1 <= n)%Z -> input m n (all_same n) 0.
  Proof.
    intros Hm Hn. unfold all_same. split; [lia | | | simpl; lia].
    - intros j _. destruct (Nat.eqb j 0); lia.
    - rewrite (zsum_single m 0) by (try lia; intros j _ Hj; apply Nat.eqb_neq in Hj; rewrite Hj; reflexivity).
      reflexivity.
  Qed.

  Lemma all_present_input n : (1 <= m)%nat -> (Z.of_nat m <= n)%Z -> input m n (all_present n) 0.
  Proof.
    intros Hm Hn. unfold all_present. split; [lia | | | simpl; lia].
    - intros j _. destruct (Nat.eqb j 0); lia.
    - rewrite (zsum_ext m _ (fun j => 1 + (if Nat.eqb j 0 then n - Z.of_nat m else 0))%Z)
        by (intros j _; destruct (Nat.eqb j 0); lia).
      rewrite zsum_plus, (zsum_single m 0 (fun j => if Nat.eqb j 0 then n - Z.of_nat m else 0)%Z)
        by (try lia; intros j _ Hj; apply Nat.eqb_neq in Hj; rewrite Hj; reflexivity).
      simpl. assert (E : zsum m (fun _ => 1%Z) = Z.of_nat m); [|lia].
      clear. induction m as [|k IH]; [reflexivity|]. cbn [sum]. lia.
  Qed.

  (** T17: from length [m] on, layer norm with [eps = 0] makes two inputs with different
      answers equal, for QC and for MFE. *)
  Theorem layer_norm_collision n :
    (2 <= m)%nat -> (Z.of_nat m <= n)%Z ->
    input m n (all_same n) 0 /\ input m n (all_present n) 0 /\
    (forall z, layer_norm m 0 (state n (all_same n) 0) z <-> layer_norm m 0 (state n (all_present n) 0) z) /\
    all_same n 0%nat <> all_present n 0%nat /\ largest m (all_same n) <> largest m (all_present n).
  Proof.
    intros Hm Hn. pose proof (all_same_input n ltac:(lia) ltac:(lia)) as H1.
    pose proof (all_present_input n ltac:(lia) Hn) as H2.
    split; [exact H1|]. split; [exact H2|].
    assert (Pn : 0 < integer (F := F) n) by (apply integer_pos; lia).
    assert (Pl : 0 < integer (F := F) (2 * n - Z.of_nat m)) by (apply integer_pos; lia).
    pose proof (fpos_neq _ Pn) as N0. pose proof (fpos_neq _ Pl) as L0.
    (* state of the first = l * (state of the second) + b *)
    set (N := integer (F := F) n) in *. set (K := integer (F := F) (2 * n - Z.of_nat m)) in *.
    assert (P2 : 0 < (1 : F) + 1).
    { apply flt_le_trans with (1 : F); [apply fone_pos|]. pose proof (fone_nonneg F) as H. linear H. }
    pose proof two_neq as N2.
    assert (E : forall t, (t < m)%nat -> state n (all_same n) 0 t
      == (1 + 1) * N / K * state n (all_present n) 0 t + - ((1 + 1) / K)).
    { intros t Ht. rewrite !state_inside by exact Ht. fold N. unfold all_same, all_present, fdelta.
      rewrite (Nat.eqb_sym 0 t). destruct (Nat.eqb t 0).
      - fold N. assert (EK : integer (F := F) (n - Z.of_nat m + 1) == K - N + 1).
        { unfold K, N. rewrite <- integer_sub, <- integer_1, <- integer_add.
          replace (n - Z.of_nat m + 1)%Z with (2 * n - Z.of_nat m - n + 1)%Z by lia. reflexivity. }
        rewrite EK. field. split; assumption.
      - rewrite integer_0, integer_1. field. split; assumption. }
    split; [|split].
    - intros z. split.
      + apply (layer_norm_affine_equal m _ _ z (K / ((1 + 1) * N)) (1 / N)); [lia | |].
        * assert (EQ : K / ((1 + 1) * N) == K * / ((1 + 1) * N)) by (field; split; assumption).
          rewrite EQ. apply fmul_pos; [exact Pl|]. apply finv_pos. apply fmul_pos; assumption.
        * intros t Ht. rewrite (E t Ht). field. repeat split; assumption.
      + apply (layer_norm_affine_equal m _ _ z ((1 + 1) * N / K) (- ((1 + 1) / K))); [lia | | exact E].
        assert (EQ : (1 + 1) * N / K == (1 + 1) * N * / K) by (field; assumption).
        rewrite EQ. apply fmul_pos; [apply fmul_pos; assumption | apply finv_pos; exact Pl].
    - unfold all_same, all_present. simpl. lia.
    - rewrite (largest_eq m (all_same n) 0), (largest_eq m (all_present n) 0); try lia;
        unfold all_same, all_present; simpl; try lia; intros l _; destruct (Nat.eqb l 0); lia.
  Qed.

  (** T17: layer norm with [eps > 0] loses nothing, at any length. *)
  Theorem layer_norm_eps n eps c c' q q' z :
    0 < eps -> input m n c q -> input m n c' q' ->
    layer_norm m eps (state n c q) z -> layer_norm m eps (state n c' q') z ->
    q = q' /\ forall j, (j < m)%nat -> c j = c' j.
  Proof.
    intros He Hin Hin' H H'. pose proof (input_query _ _ _ _ Hin) as Hq.
    apply (state_injective n); [assumption | assumption|].
    apply (layer_norm_injective m eps _ _ z ltac:(lia) He H H').
    rewrite (state_sum n c q Hin), (state_sum n c' q' Hin'). reflexivity.
  Qed.

  (** T17: in one more dimension layer norm loses nothing, for every [eps >= 0]. *)
  Theorem layer_norm_wide n eps c c' q q' z :
    input m n c q -> input m n c' q' ->
    layer_norm (S m) eps (state n c q) z -> layer_norm (S m) eps (state n c' q') z ->
    q = q' /\ forall j, (j < m)%nat -> c j = c' j.
  Proof.
    intros Hin Hin' H H'. apply (state_injective n); [assumption | assumption|].
    destruct (layer_norm_affine (S m) eps _ _ z H H') as [l [b [Hl E]]].
    assert (Hs : forall c q, input m n c q -> fsum (S m) (state n c q) == 1 + 1).
    { intros k p Hk. cbn [sum]. rewrite (state_sum n k p Hk).
      rewrite state_outside by (try lia; apply (input_query _ _ _ _ Hk)). ring. }
    intros t Ht. apply (affine_identity (S m) _ _ l b Hl E); try lia.
    - intros; apply state_nonneg; exact Hin.
    - intros; apply state_nonneg; exact Hin'.
    - exists m. split; [lia|]. apply state_outside; [apply (input_query _ _ _ _ Hin) | lia].
    - exists m. split; [lia|]. apply state_outside; [apply (input_query _ _ _ _ Hin') | lia].
    - rewrite (Hs c q Hin), (Hs c' q' Hin'). reflexivity.
    - rewrite (Hs c' q' Hin'). apply two_neq.
  Qed.

  (** T17: RMS norm loses nothing, at any length, for every [eps >= 0]. *)
  Theorem rms_norm_one_hot n eps c c' q q' z :
    input m n c q -> input m n c' q' ->
    rms_norm m eps (state n c q) z -> rms_norm m eps (state n c' q') z ->
    q = q' /\ forall j, (j < m)%nat -> c j = c' j.
  Proof.
    intros Hin Hin' H H'. apply (state_injective n); [assumption | assumption|].
    destruct (rms_multiple m eps _ _ z H H') as [l [Hl E]].
    assert (Hl1 : l == 1).
    { apply (fmul_cancel (1 + 1)); [apply two_neq|].
      rewrite <- (state_sum n c' q' Hin') at 1.
      transitivity (fsum m (state n c q)).
      - rewrite (fsum_ext m _ (fun t => l * state n c' q' t) E), fsum_scale. ring.
      - rewrite (state_sum n c q Hin). ring. }
    intros t Ht. rewrite (E t Ht), Hl1. ring.
  Qed.
End LayerNorm.

Arguments mean {F}. Arguments centred {F}. Arguments layer_norm {F}. Arguments rms_norm {F}.
Arguments uniform_state {F}.

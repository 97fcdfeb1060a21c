(** * T17: counting behind a norm

    Statement.  Uniform attention, state [r = v_q + (1/n) sum_j c_j v_j], then layer norm
    [(r - mean r) / sqrt(variance + eps)] or RMS norm [r / sqrt(mean of r^2 + eps)].
    One-hot embeddings of [m] tokens:
    - in [d = m] dimensions, layer norm with [eps = 0] keeps query and counts apart at
      length [n] iff [n < m]: from [n = m] on, [n] copies of a token and a vector
      of all tokens with that query become equal, and no MLP solves QC or MFE;
    - layer norm with [eps > 0], and RMS norm, keep them apart at every length;
    - so does layer norm with [eps = 0] in [m + 1] dimensions, one of them unused.
    Fewer dimensions do not: for every embedding, no MLP solves QC or MFE behind layer norm
    with [d < m] from some length on, behind layer norm with [eps = 0] and [d <= m], or RMS
    norm with [eps = 0] and [d < m], at arbitrarily large lengths.

    Source: ours.  A norm is a relation between input and output, so that no square root
    is asked for: [s > 0] with [s^2 = variance + eps] and [s z = r - mean r].  What it keeps is
    proved over any ordered field, what it loses for every embedding over the rationals. *)

From Coq Require Import Setoid Field Arith Lia ZArith QArith Qfield Lqa.
From Counterproof Require Import Sums Vectors NoPosition UniformCollision Kernel OrderedField.

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
      rewrite zsum_plus, (zsum_single m 0 (fun j => if Nat.eqb j 0 then n - Z.of_nat m else 0)%Z) by (try lia; intros j _ Hj; apply Nat.eqb_neq in Hj; rewrite Hj; reflexivity).
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

(** ** What is lost for every embedding *)

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

(** * T12: embeddings with the least error of the histogram readout

    Statement.  Let [S] be a symmetric [m x m] matrix with zero diagonal, entries [+-1]
    elsewhere and [S^2 = t S + (m - 1) I], and [theta > 0] with
    [theta^2 + t theta = m - 1].  Then [G = I + S / theta] has [G^2 = (2 + t / theta) G], so
    it is positive semidefinite, and it is the Gram matrix of [m] vectors of norm 1 in [d]
    dimensions, [d (2 + t / theta) = m], any two at [|G_ij| = 1 / theta].  That is Welch's
    bound: no embedding of [m] tokens in [d] dimensions has a smaller worst error than
    the [(n - 1) / theta] of this one.
    A symmetric conference matrix of order [2d] ([t = 0], [theta^2 = 2d - 1]) thus makes the
    least worst error at [m = 2d] exactly [(n - 1) / sqrt(2d - 1)].

    Source: Yehudai et al., arXiv:2407.15160v3, Theorem 4.2 as quoted, for the question;
    the exact answer is ours, equiangular lines from Seidel and conference matrices are
    textbook.  Over any ordered field that has [theta]: the rationals when [2d - 1] is a
    square, as for [(m, d) = (2, 1), (10, 5), (26, 13)]. *)

From Coq Require Import Setoid Field Arith Lia List ZArith QArith.
From Counterproof Require Import Sums Vectors OrderedField HistogramError RankFactor.

Local Open Scope field_scope.

Section EquiangularLines.
  Variable F : ordered_field.
  Add Field lines_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  (** [S^2 = t S + (m - 1) I]. *)
  Record seidel (m : nat) (S : nat -> nat -> F) (t : F) : Prop := {
    seidel_symmetric : forall i j, (i < m)%nat -> (j < m)%nat -> S i j == S j i;
    seidel_diagonal : forall i, (i < m)%nat -> S i i == 0;
    seidel_sign : forall i j, (i < m)%nat -> (j < m)%nat -> i <> j -> S i j == 1 \/ S i j == fopp 1;
    seidel_square : forall i j, (i < m)%nat -> (j < m)%nat ->
      product m S S i j == t * S i j + integer (Z.of_nat m - 1) * fdelta i j
  }.

  (** With [t = 0]: [S^2 = (m - 1) I]. *)
  Definition conference (m : nat) (S : nat -> nat -> F) : Prop := seidel m S 0.

  Section Seidel.
    Variables (m : nat) (S : nat -> nat -> F) (t theta : F).
    Hypothesis S_seidel : seidel m S t.
    Hypothesis theta_pos : 0 < theta.
    Hypothesis theta_root : theta * theta + t * theta == integer (Z.of_nat m - 1).

    Definition lines (i j : nat) : F := fdelta i j + S i j / theta.
    Definition ratio : F := (1 + 1) + t / theta.

    Lemma theta_neq : ~ theta == 0.
    Proof. apply fpos_neq. exact theta_pos. Qed.

    Lemma ratio_pos : (1 <= m)%nat -> 0 < ratio.
    Proof.
      intros Hm. apply flt_le_trans with (1 : F); [apply fone_pos|].
      assert (E : ratio == 1 + integer (Z.of_nat m - 1) * (/ theta * / theta)).
      { rewrite <- theta_root. unfold ratio. field. exact theta_neq. }
      rewrite E.
      assert (H : 0 <= integer (Z.of_nat m - 1) * (/ theta * / theta))
        by (apply fle_mul; [apply integer_nonneg; lia | apply fsquare_nonneg]).
      linear H.
    Qed.

    Lemma lines_symmetric i j : (i < m)%nat -> (j < m)%nat -> lines i j == lines j i.
    Proof.
      intros Hi Hj. unfold lines. rewrite fdelta_sym, (seidel_symmetric _ _ _ S_seidel i j Hi Hj).
      reflexivity.
    Qed.

    Lemma lines_unit : unit_diagonal m lines.
    Proof.
      intros i Hi. unfold lines. rewrite fdelta_same, (seidel_diagonal _ _ _ S_seidel i Hi).
      field. exact theta_neq.
    Qed.

    (** [G^2 = (2 + t / theta) G]. *)
    Theorem lines_square i j :
      (i < m)%nat -> (j < m)%nat -> product m lines lines i j == ratio * lines i j.
    Proof.
      intros Hi Hj. pose proof theta_neq as Ht. unfold product, lines.
      rewrite (fsum_ext m _ (fun k => fdelta i k * (fdelta k j + S k j / theta)
                 + fdelta j k * (S i k / theta) + S i k * S k j * (/ theta * / theta))).
      - rewrite !fsum_plus, (fsum_delta m i (fun k => fdelta k j + S k j / theta) Hi),
          (fsum_delta m j (fun k => S i k / theta) Hj), fsum_scale_r.
        pose proof (seidel_square _ _ _ S_seidel i j Hi Hj) as E. unfold product in E.
        rewrite E, <- theta_root. unfold ratio. field. exact Ht.
      - intros k _. rewrite (fdelta_sym k j). field. exact Ht.
    Qed.

    (** Positive semidefinite: [x^T G x = |G x|^2 / (2 + t / theta)]. *)
    Theorem lines_positive x :
      (1 <= m)%nat -> 0 <= fsum m (fun i => fsum m (fun j => x i * lines i j * x j)).
    Proof.
      intros Hm. pose proof (ratio_pos Hm) as Hc.
      apply (fle_cancel ratio); [exact Hc|].
      assert (E0 : ratio * 0 == 0) by ring. rewrite E0.
      assert (E : ratio * fsum m (fun i => fsum m (fun j => x i * lines i j * x j))
        == fsum m (fun k => fsum m (fun i => x i * lines i k) * fsum m (fun j => x j * lines j k))).
      { rewrite <- fsum_scale.
        transitivity (fsum m (fun i => fsum m (fun j => fsum m (fun k =>
          x i * lines i k * (x j * lines j k))))).
        - apply fsum_ext. intros i Hi. rewrite <- fsum_scale. apply fsum_ext. intros j Hj.
          transitivity (x i * x j * (ratio * lines i j)); [ring|].
          rewrite <- (lines_square i j Hi Hj). unfold product. rewrite <- fsum_scale.
          apply fsum_ext. intros k Hk. rewrite (lines_symmetric k j Hk Hj). ring.
        - transitivity (fsum m (fun i => fsum m (fun k => fsum m (fun j =>
            x i * lines i k * (x j * lines j k))))).
          + apply fsum_ext. intros i _. apply fsum_swap.
          + rewrite fsum_swap. apply fsum_ext. intros k _. rewrite fsum_mul. reflexivity. }
      rewrite E. apply fsum_nonneg. intros k _. apply fsquare_nonneg.
    Qed.

    (** All lines meet at one angle. *)
    Theorem lines_coherence : (2 <= m)%nat -> coherence m lines (1 / theta).
    Proof.
      intros Hm. pose proof theta_neq as Ht.
      assert (E : forall i j, (i < m)%nat -> (j < m)%nat -> i <> j -> fabs (lines i j) == 1 / theta).
      { intros i j Hi Hj Hne.
        assert (Hp : 0 <= 1 / theta).
        { apply fdiv_le; [exact theta_pos|].
          assert (E0 : 0 * theta == 0) by ring. rewrite E0. apply fone_nonneg. }
        unfold lines. rewrite fdelta_other by exact Hne.
        destruct (seidel_sign _ _ _ S_seidel i j Hi Hj Hne) as [E|E]; rewrite E.
        - transitivity (fabs (1 / theta)); [apply fabs_proper; field; exact Ht | apply fabs_pos_eq; exact Hp].
        - transitivity (fabs (- (1 / theta))); [apply fabs_proper; field; exact Ht|].
          rewrite fabs_opp. apply fabs_pos_eq. exact Hp. }
      split.
      - intros i j Hi Hj Hne. apply feq_fle. apply E; assumption.
      - exists O, 1%nat. repeat (split; [lia|]). apply E; lia.
    Qed.

    (** The dimension: some [d] with [d (2 + t / theta) = m]. *)
    Theorem lines_dimension :
      (1 <= m)%nat -> exists d, integer (Z.of_nat d) * ratio == integer (Z.of_nat m)
                                /\ gram_in_dimension d m lines.
    Proof.
      intros Hm. pose proof (ratio_pos Hm) as Hc. pose proof (fpos_neq _ Hc) as Hc0.
      destruct (idempotent_gram F m (fun i j => lines i j / ratio)) as [d [Hd [w [a [Hw Ha]]]]].
      - intros i j Hi Hj. rewrite (lines_symmetric i j Hi Hj). reflexivity.
      - intros i j Hi Hj. unfold product.
        rewrite (fsum_ext m _ (fun k => lines i k * lines k j * (/ ratio * / ratio)))
          by (intros; field; exact Hc0).
        rewrite fsum_scale_r. pose proof (lines_square i j Hi Hj) as E. unfold product in E.
        rewrite E. field. exact Hc0.
      - exists d. split.
        + rewrite Hd, (fsum_ext m _ (fun _ => / ratio)).
          * rewrite fsum_const. field. exact Hc0.
          * intros i Hi. rewrite (lines_unit i Hi). field. exact Hc0.
        + exists (fun s => ratio * w s), a. split.
          * intros s Hs. apply fmul_pos; auto.
          * intros i j Hi Hj. transitivity (ratio * (lines i j / ratio)); [field; exact Hc0|].
            rewrite (Ha i j Hi Hj), <- fsum_scale. apply fsum_ext. intros; ring.
    Qed.

    Variable d : nat.
    Hypothesis d_dimension : integer (Z.of_nat d) * ratio == integer (Z.of_nat m).

    Theorem lines_in_dimension : (1 <= m)%nat -> gram_in_dimension d m lines.
    Proof.
      intros Hm. destruct (lines_dimension Hm) as [d' [Hd' HG]].
      assert (E : Z.of_nat d' = Z.of_nat d).
      { apply (integer_inj (F := F)). apply (fmul_cancel ratio); [apply fpos_neq, ratio_pos; exact Hm|].
        transitivity (integer (Z.of_nat d') * ratio); [ring|]. rewrite Hd', <- d_dimension. ring. }
      replace d with d' by lia. exact HG.
    Qed.

    (** The lines attain Welch's bound. *)
    Lemma lines_welch :
      integer (Z.of_nat m) - integer (Z.of_nat d)
      == integer (Z.of_nat d) * (integer (Z.of_nat m) - 1) * (1 / theta * (1 / theta)).
    Proof.
      pose proof theta_neq as Ht. pose proof theta_root as E. rewrite integer_sub, integer_1 in E.
      rewrite <- E, <- d_dimension. unfold ratio. field. exact Ht.
    Qed.

    (** T12: the worst error of the lines, and of every other embedding. *)
    Theorem lines_optimal n :
      (2 <= m)%nat -> (1 <= d)%nat -> (2 <= n)%Z ->
      worst_error m n lines (integer (n - 1) * (1 / theta)) /\
      forall w v e, (forall s, (s < d)%nat -> 0 <= w s) ->
        unit_diagonal m (weighted_gram d w v) -> error_at_most m n (weighted_gram d w v) e ->
        integer (n - 1) * (1 / theta) <= e.
    Proof.
      intros Hm Hd Hn. split.
      - apply histogram_worst_error; [exact lines_unit | apply lines_coherence; exact Hm | lia].
      - intros w v e Hw HG He.
        pose proof (histogram_error_welch F d m w v Hw n e ltac:(lia) Hn HG He) as H.
        rewrite lines_welch in H. apply fsquare_le.
        + apply fle_trans with (2 := He _ _ (copies_before_input m n 0 1 ltac:(lia) ltac:(lia)
          ltac:(lia) ltac:(lia))).
          apply fabs_nonneg.
        + apply (fle_cancel (integer (Z.of_nat d) * (integer (Z.of_nat m) - 1))).
          * rewrite <- (integer_1 F) at 1. rewrite <- integer_sub, <- integer_mul. apply integer_pos. nia.
          * linear H.
    Qed.

    (** If positive elements have square roots, the lines are vectors of norm 1 for the
        usual inner product. *)
    Theorem lines_vectors :
      (1 <= m)%nat -> (forall x : F, 0 <= x -> exists y, y * y == x) ->
      exists v : nat -> nat -> F, forall i j, (i < m)%nat -> (j < m)%nat ->
        fsum d (fun s => v i s * v j s) == lines i j.
    Proof.
      intros Hm Hroot. destruct (unit_weights F d m lines Hroot (lines_in_dimension Hm)) as [v Hv].
      exists v. intros i j Hi Hj. symmetry. apply Hv; assumption.
    Qed.
  End Seidel.

  (** T12 at [m = 2d]: a conference matrix makes [(n - 1) / sqrt(2d - 1)] the least worst error. *)
  Theorem conference_optimal d S root n :
    (1 <= d)%nat -> (2 <= n)%Z -> conference (2 * d) S ->
    0 < root -> root * root == integer (2 * Z.of_nat d - 1) ->
    gram_in_dimension d (2 * d) (lines S root) /\
    unit_diagonal (2 * d) (lines S root) /\
    worst_error (2 * d) n (lines S root) (integer (n - 1) * (1 / root)) /\
    forall w v e, (forall s, (s < d)%nat -> 0 <= w s) ->
      unit_diagonal (2 * d) (weighted_gram d w v) ->
      error_at_most (2 * d) n (weighted_gram d w v) e ->
      integer (n - 1) * (1 / root) <= e.
  Proof.
    intros Hd Hn HS Hroot E.
    assert (Er : root * root + 0 * root == integer (Z.of_nat (2 * d) - 1)).
    { replace (Z.of_nat (2 * d) - 1)%Z with (2 * Z.of_nat d - 1)%Z by lia. rewrite <- E. ring. }
    assert (Ed : integer (Z.of_nat d) * ratio 0 root == integer (Z.of_nat (2 * d))).
    { replace (Z.of_nat (2 * d)) with (Z.of_nat d + Z.of_nat d)%Z by lia. rewrite integer_add.
      unfold ratio. field. apply fpos_neq. exact Hroot. }
    split; [|split].
    - apply (lines_in_dimension (2 * d) S 0 root HS Hroot Er d Ed). lia.
    - apply (lines_unit (2 * d) S 0 root HS Hroot).
    - apply (lines_optimal (2 * d) S 0 root HS Hroot Er d Ed n); lia.
  Qed.
End EquiangularLines.

Arguments conference {F}. Arguments lines {F}.

(** ** A conference matrix of order 10

    Paley's, from the field of nine elements: [m = 10], [d = 5], [sqrt 9 = 3], so the
    rationals are enough. *)

Import ListNotations.

Definition paley_rows : list (list Z) :=
  [[0; 1; 1; 1; 1; 1; 1; 1; 1; 1];
   [1; 0; 1; 1; 1; -1; -1; 1; -1; -1];
   [1; 1; 0; 1; -1; 1; -1; -1; 1; -1];
   [1; 1; 1; 0; -1; -1; 1; -1; -1; 1];
   [1; 1; -1; -1; 0; 1; 1; 1; -1; -1];
   [1; -1; 1; -1; 1; 0; 1; -1; 1; -1];
   [1; -1; -1; 1; 1; 1; 0; -1; -1; 1];
   [1; 1; -1; -1; 1; -1; -1; 0; 1; 1];
   [1; -1; 1; -1; -1; 1; -1; 1; 0; 1];
   [1; -1; -1; 1; -1; -1; 1; 1; 1; 0]]%Z.

Definition paley (i j : nat) : rationals := inject_Z (nth j (nth i paley_rows []) 0%Z).

(** All pairs [i, j < k], one after the other. *)
Definition all_pairs (k : nat) (test : nat -> nat -> bool) : bool :=
  forallb (fun i => forallb (test i) (seq 0 k)) (seq 0 k).

Lemma all_pairs_true k test i j :
  all_pairs k test = true -> (i < k)%nat -> (j < k)%nat -> test i j = true.
Proof.
  unfold all_pairs. intros H Hi Hj. rewrite forallb_forall in H.
  specialize (H i ltac:(apply in_seq; lia)). rewrite forallb_forall in H.
  apply H. apply in_seq. lia.
Qed.

Lemma paley_conference : conference 10 paley.
Proof.
  split.
  - intros i j Hi Hj. apply Qeq_bool_iff.
    apply (all_pairs_true 10 (fun i j => Qeq_bool (paley i j) (paley j i))); auto.
  - intros i Hi. apply Qeq_bool_iff.
    apply (all_pairs_true 10 (fun i _ => Qeq_bool (paley i i) 0%Q) i i); auto.
  - intros i j Hi Hj Hne.
    assert (H : (Nat.eqb i j || Qeq_bool (paley i j) 1%Q || Qeq_bool (paley i j) (- (1))%Q)%bool = true)
      by (apply (all_pairs_true 10 (fun i j => Nat.eqb i j || Qeq_bool (paley i j) 1%Q
            || Qeq_bool (paley i j) (- (1))%Q)%bool); auto).
    apply Nat.eqb_neq in Hne. rewrite Hne in H. apply Bool.orb_true_iff in H.
    destruct H as [H|H]; [left | right]; apply Qeq_bool_iff; exact H.
  - intros i j Hi Hj. apply Qeq_bool_iff.
    apply (all_pairs_true 10 (fun i j => Qeq_bool (product 10 paley paley i j)
      (0 * paley i j + integer (F := rationals) (Z.of_nat 10 - 1) * fdelta (F := rationals) i j)%Q)); auto.
Qed.

(** Ten tokens in five dimensions: the least worst error is [(n - 1) / 3]. *)
Theorem ten_lines n :
  (2 <= n)%Z ->
  gram_in_dimension 5 10 (lines paley (3 : rationals)%Q) /\
  worst_error 10 n (lines paley (3 : rationals)%Q) (integer (F := rationals) (n - 1) / (3 : rationals)%Q) /\
  forall w v e, (forall s, (s < 5)%nat -> (0 : rationals) <= w s) ->
    unit_diagonal 10 (weighted_gram 5 w v) -> error_at_most 10 n (weighted_gram 5 w v) e ->
    integer (F := rationals) (n - 1) / (3 : rationals)%Q <= e.
Proof.
  intros Hn.
  assert (E : forall x : Q, (x * (1 / 3) == x / 3)%Q) by (intros; field).
  destruct (conference_optimal rationals 5 paley (3%Q : rationals) n ltac:(lia) Hn paley_conference)
    as [HG [_ [[H1 [c [q [Hin H2]]]] H3]]].
  - intros C. apply (Qle_not_lt _ _ C). reflexivity.
  - reflexivity.
  - split; [exact HG|]. split; [split|].
    + intros c' q' Hin'. eapply Qle_trans; [apply (H1 c' q' Hin')|]. simpl. rewrite E. apply Qle_refl.
    + exists c, q. split; [exact Hin|]. eapply Qeq_trans; [exact H2|]. apply E.
    + intros w v e Hw HG' He. eapply Qle_trans; [|exact (H3 w v e Hw HG' He)].
      simpl. rewrite E. apply Qle_refl.
Qed.

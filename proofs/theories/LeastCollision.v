(** * What an enumerated kernel says about counting

    The statements of [CheckKernel.v] about relations, in terms of inputs and states: up to
    which length the state of uniform attention determines the counts for each query, or for
    one query the answer; and that [n] is exactly the least length at which inputs collide,
    [n*].  Source: ours. *)

From Coq Require Import Arith Lia List ZArith QArith.
From Counterproof Require Import Sums Vectors UniformCollision Rows CheckCollision CheckBranch CheckKernel.
Import ListNotations.

Local Open Scope Z_scope.

(** At every length up to [n] the state determines the counts, for each query. *)
Definition determined_up_to (V : list (list Z)) (m : nat) (n : Z) : Prop :=
  forall n', n' <= n -> determined_at V m n'.

(** At every length. *)
Definition always_determined (V : list (list Z)) (m : nat) : Prop := forall n, determined_at V m n.

(** [n] is the least length at which inputs collide: below it the state determines the counts for
    each query; from it on no function of query and state solves QC, and none solves MFE. *)
Definition least_collision (V : list (list Z)) (m : nat) (n : Z) : Prop :=
  determined_up_to V m (n - 1) /\ unsolvable_from V m n.

(** At every length up to [n] two inputs with the query [q] and one state have the same answer. *)
Definition told_apart_at (V : list (list Z)) (m : nat) (n : Z) (q : nat) (task : (nat -> Z) -> nat -> Z) : Prop :=
  forall v w c c', faithful_embedding V m v -> ~ (w == 0)%Q ->
    input m n c q -> input m n c' q ->
    same_state (length V) (residual w m n v c q) (residual w m n v c' q) -> task c q = task c' q.
Definition told_apart_up_to V m n q task : Prop := forall n', n' <= n -> told_apart_at V m n' q task.

(** At every length. *)
Definition always_told_apart V m q task : Prop := forall n, told_apart_at V m n q task.

Theorem check_kernel_determines V m n levels identity :
  check_kernel V m (2 * (n - 1)) levels identity = true -> determined_up_to V m n.
Proof.
  intros H n' Hn. apply minimal_determines. intros z Hz Hs Hne.
  pose proof (check_kernel_sound _ _ _ _ _ H z Hz Hs Hne). lia.
Qed.

Theorem check_trivial_determines V m identity :
  check_generates V m [] identity = true -> always_determined V m.
Proof. intros H n. apply minimal_determines, (check_trivial_sound V m _ identity H). Qed.

(** A length at which inputs collide and below which the counts are determined is the least one. *)
Theorem least_collision_intro V m n :
  determined_up_to V m (n - 1) -> unsolvable_from V m n -> least_collision V m n.
Proof. split; assumption. Qed.

(** Two inputs of one query and state: a row, if their counts differ anywhere. *)
Lemma collision_row V m n v w c c' q levels identity :
  check_generates V m levels identity = true -> faithful_embedding V m v -> ~ (w == 0)%Q ->
  input m n c q -> input m n c' q ->
  same_state (length V) (residual w m n v c q) (residual w m n v c' q) ->
  nonzero m (difference c c') ->
  kernel_vector V m (tabulate m (difference c c')) /\
  row_abs (tabulate m (difference c c')) = l1 m (difference c c') /\
  l1 m (difference c c') <= 2 * (n - 1).
Proof.
  intros Hg Hv Hw Hc Hc' Hs Hne.
  destruct (collision_relation (length V) m v w Hw n c c' q Hc Hc' Hs Hne) as [Hr Hl].
  destruct (relation_row V m (difference c c')) as [Hk Ha]; auto.
  - intros a Ha. apply (generates_rows _ _ _ _ _ Hg Ha).
  - apply (faithful_relation V m v _ Hv Hr).
  - apply Hr.
Qed.

Lemma coordinates_at V m levels identity z q :
  check_generates V m levels identity = true -> kernel_vector V m z ->
  entry z q = row_product (coordinates levels z) (map (fun l => entry (vector l) q) levels).
Proof.
  intros Hg Hz. pose proof (check_generates_sound _ _ _ _ _ Hg Hz) as E. rewrite <- E at 1.
  unfold check_generates in Hg. apply andb_prop in Hg. destruct Hg as [Hg _].
  apply andb_prop in Hg. destruct Hg as [_ Hl].
  rewrite (reach_entry m), entry_repeat_zero; [ring | apply repeat_length | apply levels_ok_shaped, Hl].
Qed.

Lemma silent_zero q k levels :
  silent q levels = true -> row_product k (map (fun l => entry (vector l) q) levels) = 0.
Proof.
  unfold silent. rewrite forallb_forall. intros H. apply row_product_vanishing.
  intros l Hl. apply Z.eqb_eq, H. exact Hl.
Qed.

(** All vectors zero at [q]: the state determines the count of [q] at every length. *)
Theorem check_silent_sound V m q levels identity :
  check_silent V m q levels identity = true -> always_told_apart V m q qc_answer.
Proof.
  intros H n v w c c' Hv Hw Hc Hc' Hs. apply andb_prop in H. destruct H as [Hg H].
  unfold qc_answer. destruct (Z.eq_dec (c q) (c' q)) as [E|Hne]; [exact E | exfalso].
  pose proof (input_query _ _ _ _ Hc) as Hq.
  destruct (collision_row V m n v w c c' q levels identity) as [Hk _]; auto.
  { exists q. split; [exact Hq|]. unfold difference. lia. }
  pose proof (coordinates_at _ _ _ _ _ q Hg Hk) as E.
  rewrite silent_zero, tabulate_entry in E by assumption. unfold difference in E. lia.
Qed.

(** QC with the query [q]. *)
Theorem check_kernel_qc_sound V m n q levels identity :
  check_kernel_qc V m (2 * (n - 1)) q levels identity = true -> told_apart_up_to V m n q qc_answer.
Proof.
  intros H n' Hn v w c c' Hv Hw Hc Hc' Hs. apply andb_prop in H. destruct H as [H Hstart].
  apply andb_prop in H. destruct H as [Hg Hq']. unfold qc_answer.
  destruct (Z.eq_dec (c q) (c' q)) as [E|Hne]; [exact E | exfalso].
  pose proof (input_query _ _ _ _ Hc) as Hq.
  destruct (collision_row V m n' v w c c' q levels identity) as [Hk [Ha Hl]]; auto.
  { exists q. split; [exact Hq|]. unfold difference. lia. }
  set (z := tabulate m (difference c c')) in *.
  assert (Hzq : entry z q <> 0) by (unfold z; rewrite tabulate_entry by exact Hq; unfold difference; lia).
  pose proof (coordinates_at _ _ _ _ _ q Hg Hk) as E.
  destruct levels as [|l levels]; [simpl in E; lia|].
  cbn [coordinates map row_product] in E. cbn [tl] in Hq'.
  rewrite silent_zero in E by exact Hq'. set (x := row_product (functional l) z) in *.
  assert (Hne0 : x <> 0) by (intros Ex; rewrite Ex in E; lia).
  destruct (Z_lt_le_dec 0 x) as [Hx|Hx].
  - assert (F : long (2 * (n - 1)) z = true).
    { apply (start_search_sound V m (l :: levels) identity _ (2 * (n - 1)) 1); auto; [lia|].
      cbn [coordinates map above]. fold x. lia. }
    rewrite (long_false _ z q) in F; [discriminate | lia | exact Hzq].
  - assert (F : long (2 * (n - 1)) (map Z.opp z) = true).
    { apply (start_search_sound V m (l :: levels) identity _ (2 * (n - 1)) 1);
        auto using opposite_kernel; [rewrite opposite_abs; lia|].
      rewrite opposite_coordinates. cbn [coordinates map above]. fold x. lia. }
    rewrite (long_false _ _ q) in F; [discriminate | rewrite opposite_abs; lia | rewrite entry_opp; lia].
Qed.

Lemma largest_ext m c c' : (forall j, (j < m)%nat -> c j = c' j) -> largest m c = largest m c'.
Proof.
  induction m as [|m IH]; intros H; [reflexivity|]. cbn [largest].
  rewrite IH by (intros; apply H; lia). rewrite H by lia. reflexivity.
Qed.

Lemma largest_part_is m q z c :
  (forall j, (j < m)%nat -> c j = positive_part (entry z) q 1 j) -> largest_part m q z = largest m c.
Proof.
  intros H. unfold largest_part. rewrite row_max_largest, tabulate_length.
  - apply largest_ext. intros j Hj. rewrite tabulate_entry, H by exact Hj. reflexivity.
  - apply forallb_forall. intros x Hx. apply in_map_iff in Hx. destruct Hx as [j [<- _]].
    apply Z.leb_le. unfold positive_part. destruct (Nat.eqb j q); lia.
Qed.

(** Two inputs at the largest distance have nothing in common but one query. *)
Lemma farthest_inputs m n c c' q j :
  input m n c q -> input m n c' q -> l1 m (difference c c') = 2 * (n - 1) -> (j < m)%nat ->
  c j = positive_part (difference c c') q 1 j.
Proof.
  intros Hc Hc' Hl Hj.
  set (common := fun j => Z.min (c j) (c' j) - (if Nat.eqb j q then 1 else 0)).
  assert (Hpos : forall i, (i < m)%nat -> 0 <= common i).
  { intros i Hi. pose proof (input_nonneg _ _ _ _ Hc i Hi). pose proof (input_nonneg _ _ _ _ Hc' i Hi).
    pose proof (input_present _ _ _ _ Hc). pose proof (input_present _ _ _ _ Hc'). unfold common.
    destruct (Nat.eqb_spec i q) as [->|_]; lia. }
  assert (Hsum : 2 * zsum m common = 0).
  { assert (E : zsum m (fun i => 2 * Z.min (c i) (c' i) + Z.abs (difference c c' i))
                = zsum m (fun i => c i + c' i))
      by (apply zsum_ext; intros i _; unfold difference; lia).
    rewrite !zsum_plus, zsum_scale in E. fold (l1 m (difference c c')) in E.
    rewrite (input_sum _ _ _ _ Hc), (input_sum _ _ _ _ Hc'), Hl in E.
    unfold common. rewrite zsum_minus.
    rewrite (zsum_single m q (fun i => if Nat.eqb i q then 1 else 0)).
    - rewrite Nat.eqb_refl. lia.
    - apply (input_query _ _ _ _ Hc).
    - intros i _ Hi. apply Nat.eqb_neq in Hi. rewrite Hi. reflexivity. }
  pose proof (zsum_term_le m common j Hj Hpos) as Hle. pose proof (Hpos j Hj) as H0.
  unfold common in Hle at 1, H0. unfold positive_part, difference. destruct (Nat.eqb j q); lia.
Qed.

(** MFE with the query [q]. *)
Theorem check_kernel_mfe_sound V m n q levels identity :
  check_kernel_mfe V m (2 * (n - 1)) q levels identity = true -> told_apart_up_to V m n q (mfe_answer m).
Proof.
  intros H n' Hn v w c c' Hv Hw Hc Hc' Hs. apply andb_prop in H. destruct H as [Hg H].
  unfold mfe_answer.
  destruct (Z.eq_dec (largest m c) (largest m c')) as [E|Hne]; [exact E | exfalso].
  assert (Hnz : nonzero m (difference c c')).
  { destruct (Z.eq_dec (l1 m (difference c c')) 0) as [E|E].
    - exfalso. apply Hne, largest_ext. intros j Hj.
      pose proof (zsum_term_le m (fun j => Z.abs (difference c c' j)) j Hj ltac:(lia)) as Hle.
      fold (l1 m (difference c c')) in Hle. unfold difference in Hle at 1. lia.
    - destruct (Exists_dec (fun j => difference c c' j <> 0) (seq 0 m)) as [X|X].
      + intros j. destruct (Z.eq_dec (difference c c' j) 0); [right; lia | left; assumption].
      + apply Exists_exists in X. destruct X as [j [Hj X]]. apply in_seq in Hj. exists j. lia.
      + exfalso. apply E, zsum_zero. intros j Hj.
        destruct (Z.eq_dec (difference c c' j) 0) as [Z0|Z0]; [rewrite Z0; reflexivity|].
        exfalso. apply X, Exists_exists. exists j. split; [apply in_seq; lia | exact Z0]. }
  destruct (collision_row V m n' v w c c' q levels identity) as [Hk [Ha Hl]]; auto.
  set (z := tabulate m (difference c c')) in *.
  assert (Hz : forall j, (j < m)%nat -> entry z j = difference c c' j)
    by (intros; apply tabulate_entry; assumption).
  destruct Hnz as [i [Hi Hi']].
  assert (Hlong : long (2 * (n - 1)) z = false /\ long (2 * (n - 1)) (map Z.opp z) = false).
  { split; apply long_false with (j := i); rewrite ?opposite_abs, ?entry_opp, ?Hz by exact Hi; lia. }
  assert (F : row_abs z = 2 * (n - 1) /\ largest_part m q z = largest_part m q (map Z.opp z)).
  { destruct (search_either _ _ _ _ _ _ _ Hg H Hk ltac:(lia)) as [F|F]; unfold harmless in F.
    - rewrite (proj1 Hlong) in F. apply andb_prop in F. destruct F as [F1 F2].
      apply Z.eqb_eq in F1. apply Z.eqb_eq in F2. auto.
    - rewrite (proj2 Hlong) in F. apply andb_prop in F. destruct F as [F1 F2].
      apply Z.eqb_eq in F1. apply Z.eqb_eq in F2. rewrite opposite_abs in F1. split; [exact F1|].
      rewrite F2. f_equal. rewrite map_map. rewrite <- (map_id z) at 1. apply map_ext. intros; lia. }
  destruct F as [F1 F2]. assert (n' = n) by lia. subst n'. apply Hne.
  rewrite <- (largest_part_is m q z c), <- (largest_part_is m q (map Z.opp z) c'); [exact F2 | |].
  - intros j Hj. rewrite (farthest_inputs m n c' c q j Hc' Hc); [| |exact Hj].
    + unfold positive_part. rewrite entry_opp, Hz by exact Hj. unfold difference.
      destruct (Nat.eqb j q); lia.
    + rewrite <- F1, Ha. apply zsum_ext. intros k _. unfold difference. lia.
  - intros j Hj. rewrite (farthest_inputs m n c c' q j Hc Hc') by (try exact Hj; lia).
    unfold positive_part. rewrite Hz by exact Hj. reflexivity.
Qed.

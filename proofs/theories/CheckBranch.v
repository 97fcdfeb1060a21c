(** * Checker: branching trees, and the minimality of a relation

    Input of [check_tree]: a system as in [CheckFarkas.v] and a tree.  [Split a k l r]
    branches on [a . x <= k] (tree [l]) or [a . x >= k + 1] (tree [r]); the new row is put
    in front of the rows.  [Leaf y] is a Farkas vector for the rows collected so far,
    newest first.  Accepted: the system has no solution in integers.

    Input of [check_minimal]: the [d] rows of [V], each of length [m], a bound [b], and one
    tree per token [q] for the system in the [2 m] unknowns [(x^+, x^-) >= 0]
      [V_t x^+ - V_t x^- = 0] for [t < d],  [sum x^+ - sum x^- = 0],
      [sum x^+ + sum x^- <= b],  [x^+_q - x^-_q >= 1]
    with its rows in this order.  Accepted: every [z <> 0] with [V z = 0], [sum z = 0] has
    [||z||_1 > b].  With [b = 2 (n - 1)] this says [n < n*]: at length [n] the state of uniform
    attention determines the counts, for each query.

    Source: ours, for the statement of [UniformCollision.v].  One tree per token is enough
    because [z] or [-z] is positive where [z] is not zero. *)

From Coq Require Import Arith Lia List ZArith QArith Lqa.
From Counterproof Require Import Sums Vectors UniformCollision Rows Farkas CheckFarkas.
Import ListNotations.

Local Open Scope Z_scope.

(** ** Branching *)

Inductive tree :=
| Leaf (multipliers : list Z)
| Split (a : list Z) (k : Z) (below above : tree).

Fixpoint check_tree (free : list bool) (rows : list system_row) (t : tree) : bool :=
  match t with
  | Leaf y => check_farkas free rows y
  | Split a k below above =>
      check_tree free ((Le, a, k) :: rows) below
      && check_tree free ((Ge, a, k + 1) :: rows) above
  end.

Definition infeasible_integer (free : list bool) (rows : list system_row) : Prop :=
  forall x : list Z, ~ solution free rows (map inject_Z x).

(** An accepted tree means that there is no integer solution. *)
Theorem check_tree_sound free rows t :
  check_tree free rows t = true -> infeasible_integer free rows.
Proof.
  revert rows. induction t as [y|a k below IHb above IHa]; intros rows H x Hx.
  - apply (check_farkas_sound free rows y H (map inject_Z x) Hx).
  - simpl in H. apply andb_prop in H. destruct H as [Hb Ha]. destruct Hx as [Hs Hr].
    destruct (Z_le_gt_dec (row_product a x) k) as [Hk|Hk].
    + apply (IHb _ Hb x). split; [exact Hs|]. constructor; [|exact Hr].
      cbn [row_holds]. rewrite row_value_integer, <- Zle_Qle. exact Hk.
    + apply (IHa _ Ha x). split; [exact Hs|]. constructor; [|exact Hr].
      cbn [row_holds]. rewrite row_value_integer, <- Zle_Qle. lia.
Qed.

(** ** Minimality *)

Definition tabulate (m : nat) (f : nat -> Z) : list Z := map f (seq 0 m).

Definition plus_minus (a : list Z) : list Z := a ++ map Z.opp a.
Definition indicator (m q : nat) : list Z := tabulate m (fun j => if Nat.eqb j q then 1 else 0).
Definition ones (m : nat) : list Z := repeat 1 m.

Definition relation_rows (V : list (list Z)) (m : nat) (b : Z) (q : nat) : list system_row :=
  map (fun a => (Eq, plus_minus a, 0)) V
  ++ [(Eq, plus_minus (ones m), 0); (Le, ones m ++ ones m, b); (Ge, plus_minus (indicator m q), 1)].

Fixpoint check_tokens (V : list (list Z)) (m : nat) (b : Z) (q : nat) (trees : list tree) : bool :=
  match trees with
  | [] => (q =? m)%nat
  | t :: rest =>
      check_tree (repeat false (m + m)) (relation_rows V m b q) t && check_tokens V m b (S q) rest
  end.

Definition check_minimal (V : list (list Z)) (m : nat) (b : Z) (trees : list tree) : bool :=
  forallb (fun a => (length a =? m)%nat) V && check_tokens V m b 0 trees.

(** Every nonzero relation of the integer rows has norm more than [b]. *)
Definition no_relation_within (V : list (list Z)) (m : nat) (b : Z) : Prop :=
  forall z, (forall a, In a V -> zsum m (fun j => entry a j * z j) = 0) -> zsum m z = 0 ->
    nonzero m z -> b < l1 m z.

Lemma tabulate_length m f : length (tabulate m f) = m.
Proof. unfold tabulate. rewrite map_length, seq_length. reflexivity. Qed.

Lemma tabulate_entry m f j : (j < m)%nat -> entry (tabulate m f) j = f j.
Proof.
  intros Hj. unfold entry, tabulate. rewrite (nth_indep _ 0 (f 0%nat)).
  - rewrite map_nth, seq_nth by exact Hj. reflexivity.
  - rewrite map_length, seq_length. exact Hj.
Qed.

Lemma row_product_app a a' x x' :
  length a = length x -> row_product (a ++ a') (x ++ x') = row_product a x + row_product a' x'.
Proof.
  revert x. induction a as [|p a IH]; intros [|q x] H; simpl in H; try lia; [reflexivity|].
  simpl. rewrite IH by lia. ring.
Qed.

Lemma row_product_opp a x : row_product (map Z.opp a) x = - row_product a x.
Proof.
  revert x. induction a as [|p a IH]; intros [|q x]; simpl; try reflexivity. rewrite IH. ring.
Qed.

Lemma row_product_tabulate a m f :
  length a = m -> row_product a (tabulate m f) = zsum m (fun j => entry a j * f j).
Proof.
  intros H. rewrite (row_product_sum a _ m H). apply zsum_ext. intros j Hj.
  rewrite tabulate_entry by exact Hj. reflexivity.
Qed.

(** The point of the system that a relation stands for. *)
Definition split_point (m : nat) (z : nat -> Z) : list Z :=
  tabulate m (fun j => Z.max (z j) 0) ++ tabulate m (fun j => Z.max (- z j) 0).

Lemma plus_minus_value a m z :
  length a = m -> row_product (plus_minus a) (split_point m z) = zsum m (fun j => entry a j * z j).
Proof.
  intros H. unfold plus_minus, split_point.
  rewrite row_product_app by (rewrite tabulate_length; exact H).
  rewrite row_product_opp, !row_product_tabulate by exact H.
  rewrite Z.add_opp_r, <- zsum_minus. apply zsum_ext. intros j _.
  rewrite <- Z.mul_sub_distr_l. f_equal. lia.
Qed.

Lemma ones_entry m j : (j < m)%nat -> entry (ones m) j = 1.
Proof.
  unfold entry, ones. revert j. induction m as [|m IH]; intros [|j] H; simpl; try lia.
  apply IH. lia.
Qed.

Lemma nonnegative_signs l :
  Forall (fun x => 0 <= x) l -> signs_hold (repeat false (length l)) (map inject_Z l).
Proof.
  induction 1 as [|x l Hx Hl IH]; simpl; [exact I|]. split; [|exact IH].
  intros _. change 0%Q with (inject_Z 0). rewrite <- Zle_Qle. exact Hx.
Qed.

Lemma split_point_solution V m b q z :
  (q < m)%nat -> (forall a, In a V -> length a = m) ->
  (forall a, In a V -> zsum m (fun j => entry a j * z j) = 0) -> zsum m z = 0 ->
  l1 m z <= b -> 1 <= z q ->
  solution (repeat false (m + m)) (relation_rows V m b q) (map inject_Z (split_point m z)).
Proof.
  intros Hq Hlen Hz Hs Hb Hzq. split.
  - assert (E : (m + m)%nat = length (split_point m z))
      by (unfold split_point; rewrite app_length, !tabulate_length; reflexivity).
    rewrite E. apply nonnegative_signs, Forall_forall. intros x Hx.
    apply in_app_iff in Hx. destruct Hx as [Hx|Hx]; apply in_map_iff in Hx;
      destruct Hx as [j [<- _]]; lia.
  - apply Forall_app. split.
    + apply Forall_forall. intros r Hr. apply in_map_iff in Hr. destruct Hr as [a [<- Ha]].
      cbn [row_holds]. rewrite row_value_integer, (plus_minus_value a m z) by auto.
      rewrite Hz by exact Ha. reflexivity.
    + assert (Ho : length (ones m) = m) by apply repeat_length.
      repeat constructor; cbn [row_holds]; rewrite row_value_integer.
      * rewrite (plus_minus_value _ m z Ho).
        rewrite (zsum_ext m _ z) by (intros j Hj; rewrite ones_entry by exact Hj; ring).
        rewrite Hs. reflexivity.
      * rewrite <- Zle_Qle. unfold split_point.
        rewrite row_product_app by (rewrite tabulate_length; exact Ho).
        rewrite !row_product_tabulate by exact Ho. rewrite <- zsum_plus.
        rewrite (zsum_ext m _ (fun j => Z.abs (z j)));
          [exact Hb | intros j Hj; rewrite ones_entry by exact Hj; lia].
      * rewrite <- Zle_Qle, (plus_minus_value (indicator m q) m z (tabulate_length m _)).
        rewrite (zsum_single m q); [|exact Hq|].
        -- unfold indicator. rewrite tabulate_entry, Nat.eqb_refl by exact Hq. lia.
        -- intros j Hj Hne. unfold indicator. rewrite tabulate_entry by exact Hj.
           apply Nat.eqb_neq in Hne. rewrite Hne. reflexivity.
Qed.

Lemma check_tokens_sound V m b start trees q :
  check_tokens V m b start trees = true -> (start <= q)%nat -> (q < m)%nat ->
  infeasible_integer (repeat false (m + m)) (relation_rows V m b q).
Proof.
  revert start. induction trees as [|t trees IH]; intros start H Hs Hq; simpl in H.
  - apply Nat.eqb_eq in H. lia.
  - apply andb_prop in H. destruct H as [Ht H].
    destruct (Nat.eq_dec start q) as [->|Hne]; [apply (check_tree_sound _ _ t Ht)|].
    apply (IH (S start) H); lia.
Qed.

(** Accepted trees: no short relation. *)
Theorem check_minimal_sound V m b trees :
  check_minimal V m b trees = true -> no_relation_within V m b.
Proof.
  unfold check_minimal. intros H z Hz Hs [q [Hq Hne]]. apply andb_prop in H.
  destruct H as [Hlen H]. rewrite forallb_forall in Hlen.
  assert (Hlen' : forall a, In a V -> length a = m)
    by (intros a Ha; apply Nat.eqb_eq, Hlen; exact Ha).
  destruct (Z_lt_le_dec b (l1 m z)) as [Hb|Hb]; [exact Hb | exfalso].
  pose proof (check_tokens_sound V m b 0 trees q H ltac:(lia) Hq) as Hinf.
  destruct (Z_lt_le_dec 0 (z q)) as [Hpos|Hneg].
  - apply (Hinf (split_point m z)). apply split_point_solution; auto. lia.
  - apply (Hinf (split_point m (opposite z))). apply split_point_solution; auto.
    + intros a Ha. unfold opposite.
      rewrite (zsum_ext m _ (fun j => - (entry a j * z j))) by (intros; ring).
      rewrite zsum_opp, Hz by exact Ha. reflexivity.
    + apply opposite_sum. exact Hs.
    + rewrite opposite_l1. exact Hb.
    + unfold opposite. lia.
Qed.

(** ** What minimality means for the state *)

(** [v] is given by the rows up to a nonzero factor per row. *)
Definition faithful_embedding (V : list (list Z)) (m : nat) (v : nat -> nat -> Q) : Prop :=
  exists s : nat -> Q, forall t, (t < length V)%nat -> ~ (s t == 0)%Q /\
    forall j, (j < m)%nat -> (v j t == s t * inject_Z (entry (nth t V []) j))%Q.

(** At length [n] two inputs with the same query and state have the same counts. *)
Definition determined_at (V : list (list Z)) (m : nat) (n : Z) : Prop :=
  forall v w c c' q, faithful_embedding V m v -> ~ (w == 0)%Q ->
    input m n c q -> input m n c' q ->
    same_state (length V) (residual w m n v c q) (residual w m n v c' q) ->
    forall j, (j < m)%nat -> c j = c' j.

(** The relations of the embedding are those of its integer rows. *)
Lemma faithful_relation V m v z :
  faithful_embedding V m v -> relation (length V) m v z ->
  forall a, In a V -> zsum m (fun j => entry a j * z j) = 0.
Proof.
  intros [s Hv] [Hr _] a Ha. destruct (In_nth V a [] Ha) as [t [Ht Et]].
  destruct (Hv t Ht) as [Hst Hvt]. rewrite Et in Hvt. specialize (Hr t Ht).
  apply inject_Z_injective. rewrite inject_zsum.
  apply (Qmult_inj_l _ _ (s t) Hst). rewrite <- qsum_scale.
  transitivity (0%Q); [|change (inject_Z 0) with 0%Q; ring].
  etransitivity; [|exact Hr]. apply qsum_ext. intros i Hi.
  rewrite (Hvt i Hi), inject_Z_mult. ring.
Qed.

Theorem minimal_determines V m n :
  no_relation_within V m (2 * (n - 1)) -> determined_at V m n.
Proof.
  intros Hmin v w c c' q Hv Hw Hc Hc' Hs j Hj.
  destruct (Z.eq_dec (c j) (c' j)) as [E|Hne]; [exact E | exfalso].
  assert (Hnz : nonzero m (difference c c')) by (exists j; unfold difference; split; [exact Hj | lia]).
  destruct (collision_relation (length V) m v w Hw n c c' q Hc Hc' Hs Hnz) as [Hr Hl].
  assert (Hlt : 2 * (n - 1) < l1 m (difference c c')); [|lia].
  apply Hmin; [apply (faithful_relation V m v _ Hv Hr) | apply Hr | exact Hnz].
Qed.

(** Accepted trees at [b = 2 (n - 1)]: the state determines the counts at length [n]. *)
Theorem check_minimal_determines V m n trees :
  check_minimal V m (2 * (n - 1)) trees = true -> determined_at V m n.
Proof. intros H. apply minimal_determines, (check_minimal_sound V m _ trees H). Qed.

(** * T9: more count vectors than states

    Statement.  Let the embedding be [v_j = s V_j] with [V] an integer [d x m] matrix
    whose entries are at most [B] in size.  At length [n] there are
    [C(n + m - 1, m - 1)] count vectors, and [V c] takes at most [(2 n B + 1)^d] values.
    So [C(n + m - 1, m - 1) > (2 n B + 1)^d] implies a nonzero relation [z] with
    [||z||_1 <= 2 n], hence (T7) no function of query and state solves QC or MFE at
    length [n + 1].

    Source: ours.  The length is [n + 1] and not [n] because the two count vectors
    that share a box need not share a token, and a query must occur in both. *)

From Coq Require Import Arith Lia List ZArith QArith Lqa.
From Counterproof Require Import Sums Vectors UniformCollision CountVectors.
Import ListNotations.

Local Open Scope Z_scope.

(** The integers from [-b] to [b]. *)
Definition interval (b : Z) : list Z :=
  map (fun i => Z.of_nat i - b) (seq 0 (Z.to_nat (2 * b + 1))).

Lemma interval_length b : length (interval b) = Z.to_nat (2 * b + 1).
Proof. unfold interval. rewrite map_length, seq_length. reflexivity. Qed.

Lemma interval_in b x : Z.abs x <= b -> In x (interval b).
Proof.
  intros H. apply in_map_iff. exists (Z.to_nat (x + b)). split; [lia|].
  apply in_seq. lia.
Qed.

Section Pigeonhole.
  Variables (d m : nat) (V : nat -> nat -> Z) (B : Z).   (* V t j, [d, m] *)
  Hypothesis V_bounded : forall t j, (t < d)%nat -> (j < m)%nat -> Z.abs (V t j) <= B.

  (** [V c], coordinate [t]. *)
  Definition image (c : nat -> Z) (t : nat) : Z := zsum m (fun j => V t j * c j).

  Lemma image_bounded n c t :
    (t < d)%nat -> (forall j, 0 <= c j) -> zsum m c = n -> Z.abs (image c t) <= n * B.
  Proof.
    intros Ht Hc Hs. rewrite Z.mul_comm, <- Hs, <- zsum_scale. unfold image.
    assert (H : - zsum m (fun j => B * c j) <= zsum m (fun j => V t j * c j)
                <= zsum m (fun j => B * c j)); [|lia].
    rewrite <- zsum_opp.
    split; apply zsum_le; intros j Hj; specialize (V_bounded t j Ht Hj); specialize (Hc j); nia.
  Qed.

  Definition image_list (l : list nat) : list Z := map (image (counts l)) (seq 0 d).

  (** Two count vectors with sum [n] and the same image. *)
  Theorem same_image n :
    (0 < m)%nat ->
    (Z.to_nat (2 * (Z.of_nat n * B) + 1) ^ d < binomial (n + m - 1) (m - 1))%nat ->
    exists l l', In l (count_vectors m n) /\ In l' (count_vectors m n) /\ l <> l' /\
      forall t, (t < d)%nat -> image (counts l) t = image (counts l') t.
  Proof.
    intros Hm Hlt. rewrite <- count_vectors_length, <- interval_length, <- tuples_length in Hlt
      by exact Hm.
    destruct (pigeonhole (list_eq_dec Z.eq_dec) image_list (count_vectors m n)
                (tuples d (interval (Z.of_nat n * B))) (count_vectors_nodup m n))
      as [l [l' [Hl [Hl' [Hne E]]]]].
    - intros l Hl. apply count_vectors_in in Hl. destruct Hl as [Hlen Hsum].
      apply tuples_in; [unfold image_list; rewrite map_length, seq_length; reflexivity|].
      intros x Hx. apply in_map_iff in Hx. destruct Hx as [t [<- Ht]]. apply in_seq in Ht.
      apply interval_in. apply image_bounded; [lia | apply counts_nonneg|].
      rewrite <- Hlen, counts_sum, Hsum. reflexivity.
    - exact Hlt.
    - exists l, l'. repeat (split; [assumption|]). intros t Ht.
      apply (f_equal (fun y => nth t y 0)) in E. unfold image_list in E.
      rewrite (nth_indep _ 0 (image (counts l) 0)) in E by (rewrite map_length, seq_length; exact Ht).
      rewrite map_nth, seq_nth in E by exact Ht. simpl in E. rewrite E.
      rewrite (nth_indep _ 0 (image (counts l') 0)) by (rewrite map_length, seq_length; exact Ht).
      rewrite map_nth, seq_nth by exact Ht. reflexivity.
  Qed.

  Variables (s w : Q) (v : nat -> nat -> Q).
  Hypothesis v_integral : forall j t, (j < m)%nat -> (t < d)%nat -> (v j t == s * inject_Z (V t j))%Q.
  Hypothesis w_nonzero : ~ (w == 0)%Q.

  (** T9: too many count vectors give a short relation ... *)
  Theorem pigeonhole_relation n :
    (0 < m)%nat ->
    (Z.to_nat (2 * (Z.of_nat n * B) + 1) ^ d < binomial (n + m - 1) (m - 1))%nat ->
    exists z, relation d m v z /\ nonzero m z /\ l1 m z <= 2 * Z.of_nat n.
  Proof.
    intros Hm Hlt. destruct (same_image n Hm Hlt) as [l [l' [Hl [Hl' [Hne E]]]]].
    apply count_vectors_in in Hl, Hl'. destruct Hl as [Hlen Hsum], Hl' as [Hlen' Hsum'].
    assert (Hs : zsum m (counts l) = Z.of_nat n) by (rewrite <- Hlen, counts_sum, Hsum; reflexivity).
    assert (Hs' : zsum m (counts l') = Z.of_nat n) by (rewrite <- Hlen', counts_sum, Hsum'; reflexivity).
    exists (difference (counts l) (counts l')). split; [split|split].
    - intros t Ht.
      rewrite (qsum_ext m _ (fun j => s * inject_Z (V t j * counts l j - V t j * counts l' j)))%Q.
      + rewrite qsum_scale, <- inject_zsum, zsum_minus.
        specialize (E t Ht). unfold image in E. rewrite E, Z.sub_diag.
        change (inject_Z 0) with 0%Q. ring.
      + intros j Hj. rewrite v_integral by assumption. unfold difference, Z.sub.
        rewrite !inject_Z_plus, !inject_Z_opp, !inject_Z_mult. ring.
    - unfold difference. rewrite zsum_minus, Hs, Hs'. lia.
    - destruct (counts_differ l l' ltac:(congruence) Hne) as [j [Hj Hd]].
      exists j. unfold difference. split; [congruence | lia].
    - apply Z.le_trans with (zsum m (fun j => counts l j + counts l' j)).
      + apply zsum_le. intros j _. unfold difference.
        pose proof (counts_nonneg l j). pose proof (counts_nonneg l' j). lia.
      + rewrite zsum_plus, Hs, Hs'. lia.
  Qed.

  (** ... so nothing that reads query and state solves QC or MFE one token later. *)
  Theorem pigeonhole_fails n f :
    (0 < m)%nat ->
    (Z.to_nat (2 * (Z.of_nat n * B) + 1) ^ d < binomial (n + m - 1) (m - 1))%nat ->
    reader d f ->
    ~ solves m v w (Z.of_nat n + 1) f (fun c q => c q) /\
    ~ solves m v w (Z.of_nat n + 1) f (fun c _ => largest m c).
  Proof.
    intros Hm Hlt Hf. destruct (pigeonhole_relation n Hm Hlt) as [z [Hz [Hne Hl]]]. split.
    - apply (uniform_collision_qc d m v w w_nonzero _ z f Hz Hne); [lia | exact Hf].
    - apply (uniform_collision_mfe d m v w w_nonzero _ z f Hz Hne); [lia | exact Hf].
  Qed.
End Pigeonhole.

(** * A symmetric idempotent of trace [d] is a Gram matrix in [d] dimensions

    Statement.  Let [P] be a symmetric [m x m] matrix with [P P = P] over an ordered
    field.  Then there are a number [d], positive weights [w_t] and vectors [a_i] of [d]
    coordinates with [P_ij = sum_{t<d} w_t a_i(t) a_j(t)], and [d] is the trace of [P].

    Source: textbook.  Rows are orthogonalised one by one, without norms and hence
    without square roots: [M = A B] with the rows of [B] orthogonal and [A] having a left
    inverse [L].  For [P] this gives [B = L P], so [B P = B], so [B A] is the identity,
    and the trace of [A B] is that of [B A]. *)

From Coq Require Import Setoid Field Arith Lia ZArith.
From Counterproof Require Import Sums OrderedField.

Local Open Scope field_scope.

Section RankFactor.
  Variable F : ordered_field.
  Add Field rank_field : (flaws F) (setoid (feq_equivalence F) (fext F)).

  Notation matrix := (nat -> nat -> F).

  (** [A B] with [k] columns of [A]. *)
  Definition product (k : nat) (A B : matrix) : matrix := fun i j => fsum k (fun l => A i l * B l j).

  Lemma product_ext k A A' B B' i j :
    (forall l, (l < k)%nat -> A i l == A' i l) -> (forall l, (l < k)%nat -> B l j == B' l j) ->
    product k A B i j == product k A' B' i j.
  Proof. intros HA HB. apply fsum_ext. intros l Hl. rewrite HA, HB by exact Hl. reflexivity. Qed.

  Lemma product_assoc k r A B C i j :
    product k (product r A B) C i j == product r A (product k B C) i j.
  Proof.
    unfold product.
    transitivity (fsum k (fun l => fsum r (fun s => A i s * (B s l * C l j)))).
    - apply fsum_ext. intros l _. rewrite <- fsum_scale_r. apply fsum_ext. intros s _. ring.
    - rewrite fsum_swap. apply fsum_ext. intros s _. apply fsum_scale.
  Qed.

  Lemma product_delta k A i j : (i < k)%nat -> product k fdelta A i j == A i j.
  Proof. intros Hi. apply (fsum_delta k i (fun l => A l j) Hi). Qed.

  (** [M = A B] with orthogonal nonzero rows of [B] and a left inverse of [A]. *)
  Record factored (p m r : nat) (M A B L : matrix) (w : nat -> F) : Prop := {
    factored_product : forall i j, (i < p)%nat -> (j < m)%nat -> M i j == product r A B i j;
    factored_orthogonal : forall s t, (s < r)%nat -> (t < r)%nat ->
      fsum m (fun j => B s j * B t j) == fdelta s t * w t;
    factored_positive : forall t, (t < r)%nat -> 0 < w t;
    factored_inverse : forall s t, (s < r)%nat -> (t < r)%nat -> product p L A s t == fdelta s t
  }.

  (** Replacing row [k] or entry [k]. *)
  Definition put {T : Type} (k : nat) (x : T) (f : nat -> T) : nat -> T :=
    fun i => if Nat.eqb i k then x else f i.

  Lemma put_same {T : Type} k (x : T) f : put k x f k = x.
  Proof. unfold put. rewrite Nat.eqb_refl. reflexivity. Qed.

  Lemma put_other {T : Type} k (x : T) f i : i <> k -> put k x f i = f i.
  Proof. unfold put. intros H. apply Nat.eqb_neq in H. rewrite H. reflexivity. Qed.

  Lemma factorisation p m M : exists r A B L w, factored p m r M A B L w.
  Proof.
    induction p as [|p [r [A [B [L [w [HM HB Hw HL]]]]]]].
    { exists O, (fun _ _ => 0), (fun _ _ => 0), (fun _ _ => 0), (fun _ => 0). split; intros; lia. }
    (* The new row less its projection on the rows of [B]. *)
    pose (a := fun t => fsum m (fun j => M p j * B t j) / w t).
    pose (rest := fun j => M p j - fsum r (fun t => a t * B t j)).
    assert (Ha : forall t, (t < r)%nat -> a t * w t == fsum m (fun j => M p j * B t j)).
    { intros t Ht. unfold a. field. apply fpos_neq. auto. }
    assert (Horth : forall t, (t < r)%nat -> fsum m (fun j => rest j * B t j) == 0).
    { intros t Ht. unfold rest.
      rewrite (fsum_ext m _ (fun j => M p j * B t j - fsum r (fun s => a s * (B s j * B t j)))).
      - rewrite fsum_minus, fsum_swap, <- (Ha t Ht).
        rewrite (fsum_ext r _ (fun s => fdelta t s * (a s * w t))).
        + rewrite (fsum_delta r t (fun s => a s * w t) Ht). ring.
        + intros s Hs. rewrite fsum_scale, HB, (fdelta_sym t s) by assumption. ring.
      - intros j _.
        transitivity (M p j * B t j - fsum r (fun s => a s * B s j) * B t j); [ring|].
        rewrite <- fsum_scale_r.
        rewrite (fsum_ext r (fun s => a s * (B s j * B t j)) (fun s => a s * B s j * B t j))
          by (intros; ring).
        reflexivity. }
    destruct (fle_dec (fsum m (fun j => rest j * rest j)) 0) as [Hz|Hpos].
    - (* It is a combination of the rows. *)
      assert (Hrest : forall j, (j < m)%nat -> rest j == 0).
      { intros j Hj. apply fsquare_zero. apply fle_trans with (2 := Hz).
        apply (fsum_term_le m (fun j => rest j * rest j) j Hj). intros; apply fsquare_nonneg. }
      exists r, (put p a A), B, (fun s => put p 0 (L s)), w. split.
      + intros i j Hi Hj. unfold product. destruct (Nat.eq_dec i p) as [->|Hne].
        * rewrite put_same. specialize (Hrest j Hj). unfold rest in Hrest.
          transitivity (M p j - fsum r (fun t => a t * B t j) + fsum r (fun t => a t * B t j)); [ring|].
          rewrite Hrest. ring.
        * rewrite put_other by exact Hne. apply HM; [lia | exact Hj].
      + exact HB.
      + exact Hw.
      + intros s t Hs Ht. unfold product. cbn [sum]. rewrite !put_same.
        rewrite (fsum_ext p _ (fun i => L s i * A i t)).
        * pose proof (HL s t Hs Ht) as E. unfold product in E. rewrite E. ring.
        * intros i Hi. rewrite !put_other by lia. reflexivity.
    - (* It adds a dimension. *)
      exists (S r), (put p (put r 1 a) (fun i => put r 0 (A i))), (put r rest B),
        (put r (put p 1 (fun i => - fsum r (fun t => a t * L t i))) (fun s => put p 0 (L s))),
        (put r (fsum m (fun j => rest j * rest j)) w).
      split.
      + intros i j Hi Hj. unfold product. cbn [sum]. destruct (Nat.eq_dec i p) as [->|Hne].
        * rewrite !put_same. rewrite (fsum_ext r _ (fun t => a t * B t j))
            by (intros t Ht; rewrite !put_other by lia; reflexivity).
          unfold rest. ring.
        * rewrite !(put_other p) by exact Hne. rewrite !put_same.
          rewrite (fsum_ext r _ (fun t => A i t * B t j))
            by (intros t Ht; rewrite !put_other by lia; reflexivity).
          rewrite (HM i j) by lia. unfold product. ring.
      + intros s t Hs Ht. destruct (Nat.eq_dec s r) as [->|Hs'], (Nat.eq_dec t r) as [->|Ht'].
        * rewrite !put_same, fdelta_same. ring.
        * rewrite put_same, !(put_other r _ _ t), fdelta_other, Horth by lia. ring.
        * rewrite put_same, !(put_other r _ _ s), fdelta_other by lia.
          rewrite (fsum_ext m _ (fun j => rest j * B s j)) by (intros; ring).
          rewrite Horth by lia. ring.
        * rewrite !put_other by lia. apply HB; lia.
      + intros t Ht. destruct (Nat.eq_dec t r) as [->|Ht'].
        * rewrite put_same. exact Hpos.
        * rewrite put_other by exact Ht'. apply Hw. lia.
      + intros s t Hs Ht. unfold product. cbn [sum].
        assert (EA : forall i x, (i < p)%nat -> put p x (fun i => put r 0 (A i)) i t
                     = put r 0 (A i) t) by (intros i x Hi; rewrite put_other by lia; reflexivity).
        rewrite put_same.
        destruct (Nat.eq_dec s r) as [->|Hs'].
        * rewrite put_same, put_same.
          rewrite (fsum_ext p _ (fun i => - (fsum r (fun u => a u * L u i) * put r 0 (A i) t)))
            by (intros i Hi; rewrite EA, put_other by lia; ring).
          destruct (Nat.eq_dec t r) as [->|Ht'].
          -- rewrite put_same, fdelta_same, fsum_zero; [ring|]. intros i _. rewrite put_same. ring.
          -- rewrite put_other, fdelta_other by lia.
             rewrite (fsum_ext p _ (fun i => (0 - 1) * fsum r (fun u => a u * (L u i * A i t)))).
             ++ rewrite fsum_scale, fsum_swap.
                rewrite (fsum_ext r _ (fun u => fdelta t u * a u)).
                ** rewrite (fsum_delta r t a) by lia. ring.
                ** intros u Hu. rewrite fsum_scale. pose proof (HL u t Hu ltac:(lia)) as E.
                   unfold product in E. rewrite E, fdelta_sym. ring.
             ++ intros i _. rewrite put_other by lia.
                rewrite (fsum_ext r (fun u => a u * (L u i * A i t)) (fun u => a u * L u i * A i t))
                  by (intros; ring).
                rewrite fsum_scale_r. ring.
        * rewrite (put_other r _ _ s), put_same by lia.
          rewrite (fsum_ext p _ (fun i => L s i * put r 0 (A i) t))
            by (intros i Hi; rewrite EA, put_other by lia; reflexivity).
          destruct (Nat.eq_dec t r) as [->|Ht'].
          -- rewrite fdelta_other, fsum_zero by (try lia; intros; rewrite put_same; ring). ring.
          -- rewrite (fsum_ext p _ (fun i => L s i * A i t))
               by (intros; rewrite put_other by lia; reflexivity).
             pose proof (HL s t ltac:(lia) ltac:(lia)) as E. unfold product in E. rewrite E. ring.
  Qed.

  (** [G] is the Gram matrix of vectors of [d] coordinates, for a positive inner product. *)
  Definition gram_in_dimension (d m : nat) (G : matrix) : Prop :=
    exists w a, (forall t, (t < d)%nat -> 0 < w t) /\
      forall i j, (i < m)%nat -> (j < m)%nat -> G i j == fsum d (fun t => w t * (a i t * a j t)).

  Theorem idempotent_gram m P :
    (forall i j, (i < m)%nat -> (j < m)%nat -> P i j == P j i) ->
    (forall i j, (i < m)%nat -> (j < m)%nat -> product m P P i j == P i j) ->
    exists d, integer (Z.of_nat d) == fsum m (fun i => P i i) /\ gram_in_dimension d m P.
  Proof.
    intros Hsym Hidem. destruct (factorisation m m P) as [r [A [B [L [w [HM HB Hw HL]]]]]].
    (* [B = L P], hence [B P = B]. *)
    assert (HBL : forall t j, (t < r)%nat -> (j < m)%nat -> B t j == product m L P t j).
    { intros t j Ht Hj.
      transitivity (product m L (product r A B) t j).
      - rewrite <- product_assoc. symmetry. etransitivity.
        + apply (product_ext r (product m L A) fdelta B B t j); [|reflexivity].
          intros l Hl. apply HL; assumption.
        + apply product_delta. exact Ht.
      - apply fsum_ext. intros l Hl. rewrite (HM l j Hl Hj). reflexivity. }
    assert (HBP : forall t j, (t < r)%nat -> (j < m)%nat -> product m B P t j == B t j).
    { intros t j Ht Hj. transitivity (product m (product m L P) P t j).
      - apply fsum_ext. intros l Hl. rewrite (HBL t l Ht Hl). reflexivity.
      - rewrite product_assoc, (HBL t j Ht Hj). apply fsum_ext. intros l Hl.
        rewrite (Hidem l j Hl Hj). reflexivity. }
    (* [B A] is the identity. *)
    assert (HBA : forall s t, (s < r)%nat -> (t < r)%nat -> product m B A s t == fdelta s t).
    { intros s t Hs Ht. pose proof (fpos_neq _ (Hw t Ht)) as Hwt. apply (fmul_cancel (w t)); [exact Hwt|].
      transitivity (fsum m (fun j => B s j * B t j)); [|rewrite HB by assumption; ring].
      symmetry.
      transitivity (fsum m (fun j => product r (product m B A) B s j * B t j)).
      - apply fsum_ext. intros j Hj. rewrite product_assoc, <- (HBP s j Hs Hj).
        rewrite (product_ext m B B P (product r A B) s j) at 1; [reflexivity | reflexivity |].
        intros l Hl. apply HM; assumption.
      - unfold product at 1.
        rewrite (fsum_ext m _ (fun j => fsum r (fun u => product m B A s u * (B u j * B t j)))).
        + rewrite fsum_swap.
          rewrite (fsum_ext r _ (fun u => fdelta t u * (product m B A s u * w t))).
          * rewrite (fsum_delta r t (fun u => product m B A s u * w t) Ht). ring.
          * intros u Hu. rewrite fsum_scale, HB, (fdelta_sym t u) by assumption. ring.
        + intros j _. rewrite <- fsum_scale_r. apply fsum_ext. intros u _. ring. }
    exists r. split.
    - rewrite (fsum_ext m _ (fun i => fsum r (fun t => B t i * A i t))).
      + rewrite fsum_swap. rewrite (fsum_ext r _ (fun _ => 1)).
        * rewrite fsum_const. ring.
        * intros t Ht. rewrite <- (fdelta_same t). apply (HBA t t Ht Ht).
      + intros i Hi. rewrite (HM i i Hi Hi). apply fsum_ext. intros t _. ring.
    - exists w, A. split; [exact Hw|]. intros i j Hi Hj. rewrite <- (Hidem i j Hi Hj).
      transitivity (fsum m (fun k => product r A B i k * product r A B j k)).
      + apply fsum_ext. intros k Hk. rewrite (HM i k Hi Hk), (Hsym k j Hk Hj), (HM j k Hj Hk).
        reflexivity.
      + unfold product.
        transitivity (fsum m (fun k => fsum r (fun s => fsum r (fun t => A i s * A j t * (B s k * B t k))))).
        * apply fsum_ext. intros k _. rewrite fsum_mul. apply fsum_ext. intros s _.
          apply fsum_ext. intros t _. ring.
        * rewrite fsum_swap. apply fsum_ext. intros s Hs. rewrite fsum_swap.
          rewrite (fsum_ext r _ (fun t => fdelta s t * (A i s * A j t * w t))).
          -- rewrite (fsum_delta r s (fun t => A i s * A j t * w t) Hs). ring.
          -- intros t Ht. rewrite fsum_scale, HB by assumption. ring.
  Qed.

  (** With square roots the inner product is the usual one. *)
  Theorem unit_weights d m G :
    (forall x : F, 0 <= x -> exists y, y * y == x) -> gram_in_dimension d m G ->
    exists v : nat -> nat -> F, forall i j, (i < m)%nat -> (j < m)%nat ->
      G i j == fsum d (fun t => v i t * v j t).
  Proof.
    intros Hroot [w [a [Hw HG]]].
    assert (Hs : exists s, forall t, (t < d)%nat -> s t * s t == w t).
    { clear HG. induction d as [|d IH]; [exists (fun _ => 0); intros; lia|].
      destruct IH as [s Hs]; [intros; apply Hw; lia|].
      destruct (Hroot (w d)) as [y Hy]; [apply flt_fle, Hw; lia|].
      exists (put d y s). intros t Ht. destruct (Nat.eq_dec t d) as [->|Hne].
      - rewrite !put_same. exact Hy.
      - rewrite !put_other by exact Hne. apply Hs. lia. }
    destruct Hs as [s Hs]. exists (fun i t => s t * a i t). intros i j Hi Hj.
    rewrite (HG i j Hi Hj). apply fsum_ext. intros t Ht. rewrite <- (Hs t Ht). ring.
  Qed.
End RankFactor.

Arguments product {F}. Arguments gram_in_dimension {F}.

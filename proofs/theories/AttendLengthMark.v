(** * T18: how long the head of T3 works in exact arithmetic

    Statement.  The head of [QcCountAttend.v] reads [x = B^(s_q) / sum_j c_j B^(s_j)] from the
    mark, [B > 1].  Two inputs with the query [q] and the same length collide when it reads the
    same [x] from both and they have different counts of [q].
    - With gaps [s_q - s_j >= g >= 1] there is no collision below length [floor(B^g) + 2].
    - If [B^g] is an integer and gaps [g] and [2g] occur, the least is exactly [B^g + 2].
    - With one gap there is none at any length.
    - With two gaps [g1 < g2] the least is exactly [1 + P], [P/Q] the lowest terms of
      [(B^g2 - 1) / (B^(g2 - g1) - 1)].

    Source: ours.  This is [AttendLength.v] for the weights [w_j = B^(s_j - s_q)]. *)

From Coq Require Import Setoid Arith Lia ZArith Znumtheory QArith Qpower Qfield Lqa.
From Counterproof Require Import Sums Vectors OrderedField InverseSlope QcCountAttend AttendLength.

Local Open Scope Q_scope.

Section Mark.
  Variables (m q : nat) (B : Q) (s : nat -> Z).
  Hypothesis q_token : (q < m)%nat.
  Hypothesis B_large : 1 < B.

  Definition relative_weight (j : nat) : rationals := B ^ (s j - s q).

  Lemma relative_weight_query : relative_weight q == 1.
  Proof. unfold relative_weight. rewrite Z.sub_diag. reflexivity. Qed.

  Lemma relative_weight_pos j : 0 < relative_weight j.
  Proof. apply Qpower_0_lt. lra. Qed.

  Lemma relative_total c : softmax_total m c B s == B ^ s q * weight_total m relative_weight c.
  Proof.
    unfold softmax_total, weight_total. change (@fadd rationals) with Qplus.
    change (@fzero rationals) with 0. change (@fmul rationals) with Qmult.
    rewrite <- qsum_scale. apply qsum_ext. intros j _. rewrite rational_integer.
    assert (E : B ^ s j == B ^ s q * B ^ (s j - s q)).
    { rewrite <- Qpower_plus by lra. replace (s q + (s j - s q))%Z with (s j) by lia. reflexivity. }
    rewrite E. unfold relative_weight. ring.
  Qed.

  (** What is read is the inverse of the total weight. *)
  Lemma mark_read_total c :
    input m (zsum m c) c q ->
    0 < weight_total m relative_weight c /\ mark_read m c q B s == / weight_total m relative_weight c.
  Proof.
    intros Hc. assert (Hp : 0 < B ^ s q) by (apply Qpower_0_lt; lra).
    assert (Hs : 0 < softmax_total m c B s).
    { apply Qlt_le_trans with (inject_Z (c q) * B ^ s q).
      - apply Qmult_lt_0_compat; [|exact Hp]. apply inject_pos. apply (input_present _ _ _ _ Hc).
      - apply (qsum_term_le m (fun j => inject_Z (c j) * B ^ s j) q q_token). intros j Hj.
        apply Qmult_le_0_compat; [|apply Qlt_le_weak, Qpower_0_lt; lra].
        change 0 with (inject_Z 0). rewrite <- Zle_Qle. apply (input_nonneg _ _ _ _ Hc). exact Hj. }
    pose proof (relative_total c) as E. set (T := weight_total m relative_weight c) in *.
    assert (HT : 0 < T).
    { change T with (T : Q). rewrite E in Hs. apply (Qmult_lt_l 0 T _ Hp). lra. }
    split; [exact HT|]. unfold mark_read. rewrite E. change T with (T : Q) in *. field. split; lra.
  Qed.

  (** Two inputs of length [n] that the head of T3 cannot tell apart and QC can. *)
  Definition mark_collision (n : Z) : Prop :=
    exists c c', input m n c q /\ input m n c' q /\
      mark_read m c q B s == mark_read m c' q B s /\ c q <> c' q.

  Theorem mark_collision_iff n : mark_collision n <-> collision m q relative_weight n.
  Proof.
    assert (H : forall c c', input m n c q -> input m n c' q ->
      (mark_read m c q B s == mark_read m c' q B s
       <-> weight_total m relative_weight c == weight_total m relative_weight c')).
    { intros c c' Hc Hc'.
      destruct (mark_read_total c) as [P1 E1]; [rewrite (input_sum _ _ _ _ Hc); exact Hc|].
      destruct (mark_read_total c') as [P2 E2]; [rewrite (input_sum _ _ _ _ Hc'); exact Hc'|].
      set (x := weight_total m relative_weight c : Q) in *.
      set (y := weight_total m relative_weight c' : Q) in *.
      change (mark_read m c q B s == mark_read m c' q B s <-> x == y).
      rewrite E1, E2. split; intros E.
      - rewrite <- (Qinv_involutive x), <- (Qinv_involutive y). rewrite E. reflexivity.
      - rewrite E. reflexivity. }
    split; intros [c [c' [Hc [Hc' [E Hne]]]]]; exists c, c'; repeat (split; [assumption|]);
      (split; [|exact Hne]); apply (H c c' Hc Hc'); exact E.
  Qed.

  Lemma relative_weight_le j g : (s j + g <= s q)%Z -> relative_weight j * B ^ g <= 1.
  Proof.
    intros H. unfold relative_weight. change 1 with (B ^ 0).
    rewrite <- Qpower_plus by lra. apply Qpower_le_compat_l; [lia | lra].
  Qed.

  Lemma relative_weight_eq j g : (s j + g = s q)%Z -> relative_weight j * B ^ g == 1.
  Proof.
    intros H. unfold relative_weight. rewrite <- Qpower_plus by lra.
    replace (s j - s q + g)%Z with 0%Z by lia. reflexivity.
  Qed.

  (** T18: with gaps of at least [g] there is no collision below [floor(B^g) + 2]. *)
  Theorem attend_length_gap g k n :
    (1 <= g)%Z -> (forall j, (j < m)%nat -> j <> q -> (s j + g <= s q)%Z) ->
    inject_Z k <= B ^ g -> mark_collision n -> (k + 2 <= n)%Z.
  Proof.
    intros Hg Hgap Hk Hn. apply mark_collision_iff in Hn.
    apply (attend_length_lower rationals m q relative_weight q_token relative_weight_query (B ^ g) k n).
    - intros j _ _. apply Qlt_not_le. apply relative_weight_pos.
    - intros j Hj Hne. apply relative_weight_le. apply Hgap; assumption.
    - apply Qlt_not_le. apply Qlt_le_trans with (B ^ 1); [simpl; lra|].
      apply Qpower_le_compat_l; [lia | lra].
    - change (integer (F := rationals) k <= B ^ g). rewrite rational_integer. exact Hk.
    - exact Hn.
  Qed.

  (** T18: [B^g] an integer, gaps [g] and [2g] present: the least length is [B^g + 2]. *)
  Theorem attend_length_codes g b j k n :
    (1 <= g)%Z -> (forall l, (l < m)%nat -> l <> q -> (s l + g <= s q)%Z) ->
    B ^ g == inject_Z b ->
    (j < m)%nat -> (s j + g = s q)%Z -> (k < m)%nat -> (s k + 2 * g = s q)%Z ->
    mark_collision n <-> (b + 2 <= n)%Z.
  Proof.
    intros Hg Hgap Hb Hj Ej Hk Ek. rewrite mark_collision_iff.
    assert (Hi : (integer (F := rationals) b : Q) == B ^ g) by (rewrite rational_integer, Hb; reflexivity).
    assert (H1 : 1 < B ^ g).
    { apply Qlt_le_trans with (B ^ 1); [simpl; lra|]. apply Qpower_le_compat_l; [lia | lra]. }
    apply (attend_length_exact rationals m q relative_weight q_token relative_weight_query b j k n).
    - rewrite Hb in H1. change 1 with (inject_Z 1) in H1. rewrite <- Zlt_Qlt in H1. lia.
    - intros l _ _. apply Qlt_not_le. apply relative_weight_pos.
    - intros l Hl Hne. change (relative_weight l * integer (F := rationals) b <= 1).
      rewrite Hi. apply relative_weight_le. apply Hgap; assumption.
    - exact Hj.
    - intros ->. lia.
    - change (relative_weight j * integer (F := rationals) b == 1).
      rewrite Hi. apply relative_weight_eq. exact Ej.
    - exact Hk.
    - intros ->. lia.
    - change (relative_weight k * (integer (F := rationals) b * integer (F := rationals) b) == 1).
      rewrite Hi, <- Qpower_plus by lra. apply relative_weight_eq. lia.
  Qed.

  (** T18: with one gap the head always tells the counts apart. *)
  Theorem attend_length_one_gap g n :
    (1 <= g)%Z -> (forall j, (j < m)%nat -> j <> q -> (s j + g = s q)%Z) -> ~ mark_collision n.
  Proof.
    intros Hg Hs Hn. apply mark_collision_iff in Hn. revert Hn.
    apply (one_gap rationals m q relative_weight q_token relative_weight_query (B ^ (- g))).
    - intros j Hj Hne. unfold relative_weight. rewrite <- (Hs j Hj Hne).
      replace (s j - (s j + g))%Z with (- g)%Z by lia. reflexivity.
    - change (~ B ^ (- g) == 1). intros E.
      assert (H : 1 < B ^ g).
      { apply Qlt_le_trans with (B ^ 1); [simpl; lra|]. apply Qpower_le_compat_l; [lia | lra]. }
      assert (E0 : B ^ (- g) * B ^ g == 1).
      { rewrite <- Qpower_plus by lra. replace (- g + g)%Z with 0%Z by lia. reflexivity. }
      rewrite E in E0. lra.
  Qed.

  (** T18: two gaps [g1 < g2]: the least length is [1 + P], [P / Q] the reduced
      [(B^g2 - 1) / (B^(g2 - g1) - 1)]. *)
  Theorem attend_length_two_gaps g1 g2 P Q j k n :
    (1 <= g1)%Z -> (g1 < g2)%Z ->
    (forall l, (l < m)%nat -> l <> q -> s l = (s q - g1)%Z \/ s l = (s q - g2)%Z) ->
    (0 < Q)%Z -> (0 < P)%Z -> rel_prime P Q ->
    inject_Z Q * (B ^ g2 - 1) == inject_Z P * (B ^ (g2 - g1) - 1) ->
    (j < m)%nat -> s j = (s q - g1)%Z -> (k < m)%nat -> s k = (s q - g2)%Z ->
    mark_collision n <-> (1 + P <= n)%Z.
  Proof.
    intros H1 H2 Hs HQ HP Hprime E Hj Ej Hk Ek. rewrite mark_collision_iff.
    assert (Hlt : forall x y, (x < y)%Z -> B ^ x < B ^ y).
    { intros x y Hxy. replace y with (x + (y - x))%Z by lia. rewrite Qpower_plus by lra.
      assert (Hx : 0 < B ^ x) by (apply Qpower_0_lt; lra).
      assert (Hd : 1 < B ^ (y - x)).
      { apply Qlt_le_trans with (B ^ 1); [simpl; lra|]. apply Qpower_le_compat_l; [lia | lra]. }
      apply (Qmult_lt_l 1 (B ^ (y - x)) _ Hx) in Hd. lra. }
    apply (two_gaps rationals m q relative_weight q_token relative_weight_query
      (B ^ (- g1)) (B ^ (- g2)) (fun l => Z.eqb (s l) (s q - g1)) P Q j k n).
    - intros l Hl Hne. unfold relative_weight. destruct (Z.eqb_spec (s l) (s q - g1)) as [El|El].
      + replace (s l - s q)%Z with (- g1)%Z by lia. reflexivity.
      + destruct (Hs l Hl Hne) as [C|C]; [contradiction|].
        replace (s l - s q)%Z with (- g2)%Z by lia. reflexivity.
    - apply Z.eqb_neq. lia.
    - apply Qlt_not_le. apply (Hlt (- g1)%Z 0%Z). lia.
    - apply Qlt_not_le. apply Hlt. lia.
    - exact HQ.
    - exact HP.
    - exact Hprime.
    - change (integer (F := rationals) Q * (1 - B ^ (- g2))
              == integer (F := rationals) P * (B ^ (- g1) - B ^ (- g2))).
      rewrite !rational_integer.
      assert (Hg : 0 < B ^ g2) by (apply Qpower_0_lt; lra).
      assert (E0 : B ^ (- g2) * B ^ g2 == 1).
      { rewrite <- Qpower_plus by lra. replace (- g2 + g2)%Z with 0%Z by lia. reflexivity. }
      assert (E1 : B ^ (- g1) * B ^ g2 == B ^ (g2 - g1)).
      { rewrite <- Qpower_plus by lra. replace (- g1 + g2)%Z with (g2 - g1)%Z by lia. reflexivity. }
      apply (Qmult_inj_r _ _ (B ^ g2)); [lra|].
      transitivity (inject_Z Q * (B ^ g2 - B ^ (- g2) * B ^ g2)); [ring|]. rewrite E0, E.
      transitivity (inject_Z P * (B ^ (- g1) * B ^ g2 - B ^ (- g2) * B ^ g2)); [rewrite E0, E1|]; ring.
    - exact Hj.
    - intros ->. lia.
    - apply Z.eqb_eq. exact Ej.
    - exact Hk.
    - intros ->. lia.
    - apply Z.eqb_neq. lia.
  Qed.
End Mark.
